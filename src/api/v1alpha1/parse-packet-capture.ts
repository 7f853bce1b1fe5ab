import { type CaptureRequest, MEGABYTE } from '../../core/capture-request.ts';
import type { Demand, RequestIdentity } from '../../core/capture-source.ts';
import type { CaptureTarget } from '../../core/capture-target.ts';
import { quote } from '../../core/errors/capture-error.ts';
import { RequestInvalidError } from '../../core/errors/request-errors.ts';
import { isInterfaceName } from '../../core/interface-name.ts';
import { parseQuantity } from '../../core/quantity.ts';
import { PACKET_CAPTURE } from './group.ts';
import type { PacketCaptureSpec } from './packet-capture.ts';
import { objectIdentity } from './object-identity.ts';
import { objectName } from './rules/kubernetes-name.ts';
import { packetCaptureSchema } from './schema/packet-capture-schema.ts';
import { type Violation, violations } from './schema/violations.ts';
import { isRecord, withDefaults } from './schema/with-defaults.ts';

const { spec: specSchema } = packetCaptureSchema.properties;

/** What a PacketCapture of any shape asks for, with defaults and units resolved, or everything that is wrong with it. */
export function parsePacketCapture(object: unknown): Demand {
  const identity = objectIdentity(object);
  const spec = isRecord(object) && isRecord(object['spec']) ? withDefaults(specSchema, object['spec']) : undefined;
  const wrong = [
    ...(identity === undefined ? [{ path: 'metadata', message: 'metadata must hold a name and a uid as the API server makes them' }] : []),
    ...(spec === undefined ? [{ path: 'spec', message: 'spec is required' }] : violations(specSchema, spec, 'spec')),
  ];
  if (identity !== undefined && wrong.length === 0) {
    return { valid: true, request: requestOf(identity, spec as PacketCaptureSpec) };
  }
  const target = isRecord(spec) ? nameableTarget(spec) : undefined;
  return { valid: false, ...(target === undefined ? {} : { target }), error: invalid(wrong) };
}

function requestOf({ uid, name }: RequestIdentity, spec: PacketCaptureSpec): CaptureRequest {
  const filter = spec.captureFilter?.trim() ?? '';
  return {
    uid,
    name,
    target: targetOf(spec),
    ...(filter === '' ? {} : { filter }),
    limits: {
      seconds: Number(spec.captureSeconds),
      maxFileSize: wholeMegabytes(spec.maxFileSize ?? ''),
      fileCount: Number(spec.fileCount),
      ...(spec.maxPackets === undefined ? {} : { maxPackets: Number(spec.maxPackets) }),
      snapLength: Number(spec.snapLength),
    },
  };
}

/** tcpdump's `-C` takes whole millions of bytes. */
function wholeMegabytes(size: string | number): number {
  return Math.floor(parseQuantity(size) / MEGABYTE) * MEGABYTE;
}

function targetOf(spec: PacketCaptureSpec): CaptureTarget {
  const { targetNamespace = '', targetPod = '', targetNode, targetInterface } = spec;
  if (targetNode !== undefined) return { kind: 'node', node: targetNode, interface: targetInterface ?? '' };
  return {
    kind: 'pod',
    namespace: targetNamespace,
    name: targetPod,
    ...(targetInterface === undefined ? {} : { interface: targetInterface }),
  };
}

/** The target of an invalid request, as far as it decides which node tells what is wrong. */
function nameableTarget(spec: Readonly<Record<string, unknown>>): CaptureTarget | undefined {
  const { targetNamespace, targetPod, targetNode, targetInterface } = spec;
  const device = typeof targetInterface === 'string' && isInterfaceName(targetInterface) ? targetInterface : undefined;
  const hasPod = isName(targetNamespace) && isName(targetPod);
  if (isName(targetNode) && targetPod === undefined) return { kind: 'node', node: targetNode, interface: device ?? 'any' };
  if (hasPod && targetNode === undefined) {
    return { kind: 'pod', namespace: targetNamespace, name: targetPod, ...(device === undefined ? {} : { interface: device }) };
  }
  return undefined;
}

const anyName = objectName('name');

function isName(value: unknown): value is string {
  return typeof value === 'string' && anyName.holds(value);
}

function invalid(wrong: readonly Violation[]): RequestInvalidError {
  const sentences = wrong.map(({ message, given }) => (given === undefined ? `${message}.` : `${message}; it is ${quote(given)}.`));
  return new RequestInvalidError({
    problem: sentences.join(' '),
    advice: `Delete the ${PACKET_CAPTURE.kind} and create it again with that corrected.`,
  });
}
