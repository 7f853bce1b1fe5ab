import type { CaptureProgress } from '../../core/capture-progress.ts';
import type { ObservedRequest, RecordedProgress } from '../../core/capture-source.ts';
import { objectIdentity } from './object-identity.ts';
import type { CaptureDispatcher } from './packet-capture-status.ts';
import { parsePacketCapture } from './parse-packet-capture.ts';
import { progressField } from './schema/yield-fields.ts';
import { isRecord } from './schema/with-defaults.ts';

/** A PacketCapture with what it says of itself; `undefined` for an object without a proper name and uid. */
export function observePacketCapture(object: unknown): ObservedRequest | undefined {
  const identity = objectIdentity(object);
  if (identity === undefined) return undefined;
  const spec = part(object, 'spec');
  return {
    ...identity,
    demand: parsePacketCapture(object),
    recorded: recordedProgress(object),
    stop: spec['stop'] === true,
    retainFiles: spec['retainFiles'] === true,
  };
}

/** Who a PacketCapture belongs to; `undefined` while nobody has taken it. */
export function dispatcherOf(object: unknown): CaptureDispatcher | undefined {
  const { dispatcher } = part(object, 'status');
  return dispatcher === 'Agent' || dispatcher === 'Job' ? dispatcher : undefined;
}

function recordedProgress(object: unknown): RecordedProgress {
  const { progress, node } = part(object, 'status');
  return {
    ...(isProgress(progress) ? { progress } : {}),
    ...(typeof node === 'string' && node !== '' ? { node } : {}),
  };
}

function isProgress(value: unknown): value is CaptureProgress {
  return progressField.enum.some((progress) => progress === value);
}

function part(object: unknown, name: 'spec' | 'status'): Readonly<Record<string, unknown>> {
  const value = isRecord(object) ? object[name] : undefined;
  return isRecord(value) ? value : {};
}
