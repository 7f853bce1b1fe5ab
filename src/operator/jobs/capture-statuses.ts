import { isDeepStrictEqual } from 'node:util';
import type { EventPost, KubernetesClient, KubernetesObject } from '../../adapters/kubernetes/index.ts';
import { progressEvent } from '../../adapters/kubernetes/event-sink.ts';
import { packetCapturesPath, statusIn } from '../../adapters/kubernetes/packet-capture-record.ts';
import { API_VERSION, type Condition, observePacketCapture, PACKET_CAPTURE, type PacketCaptureStatus } from '../../api/v1alpha1/index.ts';
import type { ObservedRequest, RequestIdentity } from '../../core/capture-source.ts';
import { errorMessage } from '../../core/errors/index.ts';
import type { Logger } from '../../core/logger.ts';
import { applyStatus } from '../apply-status.ts';
import { OPERATOR_FIELD_MANAGER } from '../field-manager.ts';
import { getOr404 } from '../get-or-404.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import type { PolicyRule } from '../policy-rule.ts';

export interface CaptureStatusesOptions {
  readonly client: KubernetesClient;
  readonly logger: Logger;
  readonly namespace: string;
  readonly events: Pick<EventPost, 'post'>;
  /** Ends all calls. */
  readonly signal: AbortSignal;
  /** What is told to whoever has to grant them. */
  readonly rules: readonly PolicyRule[];
}

/** A PacketCapture as the API server has it now. */
export interface ReadCapture {
  readonly object: KubernetesObject;
  readonly observed: ObservedRequest;
  readonly status: PacketCaptureStatus;
}

/** Reads PacketCaptures, and writes the operator's whole status of them. Every method throws MissingRightError, ApiStatusError, ApiConnectionError. */
export class CaptureStatuses {
  readonly #options: CaptureStatusesOptions;
  readonly #path: string;

  constructor(options: CaptureStatusesOptions) {
    this.#options = options;
    this.#path = packetCapturesPath(options.namespace);
  }

  /** `undefined`: it is gone, or another one has its name. */
  async read({ uid, name }: Pick<RequestIdentity, 'uid' | 'name'>): Promise<ReadCapture | undefined> {
    const { client, signal } = this.#options;
    const object = await this.#explained(getOr404(client, `${this.#path}/${name}`, name, signal));
    return object?.metadata.uid === uid ? readCapture(object) : undefined;
  }

  /**
   * Writes a status that differs, only to the capture that was read, and tells a change of progress as an Event.
   * @returns the capture as it is then; `undefined` when it has changed since it was read: the watch tells
   */
  async write(capture: ReadCapture, status: PacketCaptureStatus): Promise<ReadCapture | undefined> {
    if (isWritten(status, capture.status)) return capture;
    const { object } = capture;
    const { name, resourceVersion } = object.metadata;
    const { client, logger, signal } = this.#options;
    const place = { apiVersion: API_VERSION, kind: PACKET_CAPTURE.kind, path: this.#path };
    const written = await this.#explained(applyStatus(client, place, { name, resourceVersion }, status, signal));
    if (written === undefined) return undefined;
    const { progress, node = '', message = '', reason } = status;
    if (progress !== capture.status.progress) {
      // Without progress it is given back.
      const event = { progress: progress ?? ('released' as const), node: capture.status.node ?? node, message, ...(reason !== undefined && { reason }) };
      this.#options.events.post(progressEvent(event, this.#about(object), 0));
      logger.info({ capture: name, progress: event.progress, reason }, message);
    }
    return readCapture(written);
  }

  /** Removes the reason that an agent has written who gave the capture back, and owns. Best effort: the end has a reason of its own. */
  async removeReason({ object: { metadata }, status }: ReadCapture): Promise<void> {
    if (status.reason === undefined) return;
    const { client, logger, signal } = this.#options;
    const { uid, name } = metadata;
    const patch = [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: '/status/progress', value: 'scheduled' },
      { op: 'remove', path: '/status/reason' },
    ];
    try {
      await client.patch(`${this.#path}/${name}/status`, 'json', patch, { query: { fieldManager: OPERATOR_FIELD_MANAGER }, signal });
    } catch (error) {
      logger.debug({ capture: name, error: errorMessage(error) }, 'the reason of its release stays');
    }
  }

  /** Tells what keeps a capture from being taken. */
  warn({ object }: ReadCapture, { key, reason, note }: { readonly key: string; readonly reason: string; readonly note: string }): void {
    this.#options.logger.info({ capture: object.metadata.name, reason }, note);
    this.#options.events.post({ about: this.#about(object), key, reason, action: 'Watch', type: 'Warning', note });
  }

  #about({ metadata: { name, uid } }: KubernetesObject) {
    return { apiVersion: API_VERSION, kind: PACKET_CAPTURE.kind, namespace: this.#options.namespace, name, uid };
  }

  async #explained<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw explainMissingRight(error, 'Role', this.#options.rules);
    }
  }
}

function readCapture(object: KubernetesObject): ReadCapture | undefined {
  const observed = observePacketCapture(object);
  return observed && { object, observed, status: statusIn(object) };
}

export function conditionsIn({ conditions }: PacketCaptureStatus): readonly Condition[] {
  return Array.isArray(conditions) ? (conditions as readonly Condition[]) : [];
}

/** All that would be written is there. */
function isWritten({ conditions = [], ...fields }: PacketCaptureStatus, recorded: PacketCaptureStatus): boolean {
  const before = conditionsIn(recorded);
  const isSame = ([field, value]: readonly [string, unknown]): boolean => isDeepStrictEqual(value, (recorded as Readonly<Record<string, unknown>>)[field]);
  const isGivenBack = fields.progress === undefined && recorded.progress !== undefined;
  return !isGivenBack && Object.entries(fields).every(isSame) && conditions.every((condition) => isDeepStrictEqual(condition, before.find(({ type }) => type === condition.type)));
}
