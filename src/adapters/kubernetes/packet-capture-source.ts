import { isDeepStrictEqual } from 'node:util';
import { GROUP, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import type { CaptureSource, ObservedRequest, RequestIdentity } from '../../core/capture-source.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { ApiStatusError } from './api-errors.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { isCrdOf } from './packet-capture-crd.ts';
import { type PacketCaptureRecord, type PacketCaptureRecords, packetCapturesPath, recordOf } from './packet-capture-record.ts';
import { type ReflectedChange, Reflector, type ReflectorTimes, type RelistCause } from './reflector.ts';
import { compareResourceVersions } from './resource-version.ts';

/** What a {@link PacketCaptureSource} is made of. */
export interface PacketCaptureSourceOptions extends ReflectorTimes {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** The one namespace whose PacketCaptures are served. */
  readonly namespace: string;
  /** `metadata.name` of the Node: captures whose `status.node` it is are of this source, and those that have none. */
  readonly node: string;
  /** For metrics. */
  readonly relisted?: (cause: RelistCause) => void;
}

type Stream = 'own' | 'unclaimed';

interface Adopted {
  readonly record: PacketCaptureRecord;
  /** The stream that will bring it too. */
  readonly stream: Stream;
  /** `Clock.uptime` when it was taken over. */
  readonly at: number;
}

/** A capture that a write of this node is moving. */
interface Held {
  writes: number;
  /** As it was known when it left a stream meanwhile. */
  record?: PacketCaptureRecord;
}

/**
 * PacketCaptures as requests: those that nobody has, and those of this node. Two watches that are not ordered against
 * each other, and the answers to this node's own writes, are merged by uid: the newest resourceVersion counts.
 */
export class PacketCaptureSource implements CaptureSource, PacketCaptureRecords {
  /** `kind` of the resource; the `source` of reports about it. */
  readonly name = PACKET_CAPTURE.kind;
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #path: string;
  readonly #node: string;
  readonly #streams: Readonly<Record<Stream, Reflector<PacketCaptureRecord>>>;
  readonly #adopted = new Map<string, Adopted>();
  readonly #held = new Map<string, Held>();
  /** The resourceVersion at which an object left a stream, of the last ones that did: writes under way are far fewer. */
  readonly #left = { own: new RecentMap<string, string>(), unclaimed: new RecentMap<string, string>() };
  readonly #told = new Map<string, ObservedRequest>();
  readonly #saidOf = new RecentMap<string, string>();
  #changed: (uid: string) => void = () => undefined;
  #signal: AbortSignal | undefined;

  constructor({ namespace, node, relisted, ...options }: PacketCaptureSourceOptions) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#logger = options.logger ?? silentLogger;
    this.#path = packetCapturesPath(namespace);
    this.#node = node;
    const stream = (name: Stream, fieldSelector: string) =>
      new Reflector<PacketCaptureRecord>({
        ...options,
        path: this.#path,
        fieldSelector,
        project: recordOf,
        changed: (change) => this.#streamChanged(name, change),
        relisted: (cause, since) => {
          this.#streamRelisted(name, since);
          relisted?.(cause);
        },
      });
    this.#streams = {
      own: stream('own', `status.node=${node}`),
      unclaimed: stream('unclaimed', 'status.node=,status.progress='),
    };
  }

  /** Whether the captures are known by now. */
  get isSynced(): boolean {
    return this.#streams.own.isSynced && this.#streams.unclaimed.isSynced;
  }

  /** `Clock.uptime` of the last byte from the API server, of the stream that was heard less recently. */
  get lastContact(): number | undefined {
    const { own, unclaimed } = this.#streams;
    return own.lastContact && unclaimed.lastContact && Math.min(own.lastContact, unclaimed.lastContact);
  }

  /** Resolves once both collections were listed, and goes on until the signal is aborted; rejects if that comes first. */
  async start(changed: (uid: string) => void, signal: AbortSignal): Promise<void> {
    this.#changed = changed;
    this.#signal = signal;
    await Promise.all([this.#streams.own.start(signal), this.#streams.unclaimed.start(signal)]);
  }

  /** `metadata.uid` of all captures that are known, those included whose claim is just being written. */
  uids(): Iterable<string> {
    const held = [...this.#held].filter(([, { record }]) => record).map(([uid]) => uid);
    return new Set([...this.#streams.own.uids(), ...this.#streams.unclaimed.uids(), ...this.#adopted.keys(), ...held]);
  }

  /** The newest that is known, by resourceVersion. `undefined`: deleted, another node's, a Job's, or not heard of yet. */
  get(uid: string): ObservedRequest | undefined {
    return this.record(uid)?.observed;
  }

  /** As {@link PacketCaptureSource.get}, with what a write has to be based on. */
  record(uid: string): PacketCaptureRecord | undefined {
    let newest: PacketCaptureRecord | undefined;
    const { own, unclaimed } = this.#streams;
    for (const known of [own.get(uid), this.#adopted.get(uid)?.record, unclaimed.get(uid), this.#held.get(uid)?.record]) {
      if (known && (!newest || compareResourceVersions(known.resourceVersion, newest.resourceVersion) > 0)) newest = known;
    }
    return newest;
  }

  /** Of an object that is older than what is known, or that left this node since, nothing is taken over. */
  adopt(object: KubernetesObject): void {
    const record = recordOf(object);
    const stream = record && this.#streamOf(record);
    if (!stream) return;
    const { uid } = record.observed;
    const known = this.record(uid);
    if (known && compareResourceVersions(record.resourceVersion, known.resourceVersion) <= 0) return;
    // The answer to a write may come after the news that the object was deleted since.
    const left = this.#left[stream].get(uid);
    if (left !== undefined && compareResourceVersions(record.resourceVersion, left) <= 0) return;
    this.#adopted.set(uid, { record, stream, at: this.#clock.uptime() });
    this.#tell(uid);
  }

  /** May be held more than once: what is known is kept until the last one is disposed. */
  hold(uid: string): Disposable {
    const held = this.#held.get(uid) ?? { writes: 0 };
    held.writes += 1;
    this.#held.set(uid, held);
    return {
      [Symbol.dispose]: () => {
        held.writes -= 1;
        if (held.writes > 0) return;
        this.#held.delete(uid);
        this.#tell(uid);
      },
    };
  }

  /** By one GET of the capture and, where that is not there, one of the CRD. Never rejects: what cannot be told is `false`. */
  async isGone({ uid, name, createdAt }: RequestIdentity): Promise<boolean> {
    try {
      if (!(await this.#isMissing(uid, name))) return false;
      // Asked for last: a CRD that is there now, and no younger, was there before.
      if (await isCrdOf(this.#client, createdAt, this.#signal && { signal: this.#signal })) return true;
      this.#sayOnce(name, uid, 'it went with its CRD: its files are kept');
    } catch (error) {
      if (ApiStatusError.is(error) && error.statusCode === 403) this.#sayOnce(name, uid, `whether it is gone cannot be told, its files are kept: ${error.message}`);
      else this.#logger.debug({ capture: name, error: errorMessage(error) }, 'whether it is gone cannot be told');
    }
    return false;
  }

  /** By one GET. Never rejects: `undefined` when it cannot be told, or the name has another uid. */
  async look({ uid, name }: RequestIdentity): Promise<ObservedRequest | undefined> {
    try {
      const found = await this.#client.get(`${this.#path}/${name}`, this.#signal && { signal: this.#signal });
      return found.metadata.uid === uid ? recordOf(found)?.observed : undefined;
    } catch {
      return undefined;
    }
  }

  /** There is none of that name, or another one. */
  async #isMissing(uid: string, name: string): Promise<boolean> {
    try {
      const found = await this.#client.get(`${this.#path}/${name}`, this.#signal && { signal: this.#signal });
      return found.metadata.uid !== uid;
    } catch (error) {
      if (ApiStatusError.is(error) && error.saysNotFound(name) && (error.details?.group ?? GROUP) === GROUP) return true;
      throw error;
    }
  }

  #sayOnce(name: string, uid: string, message: string): void {
    if (this.#saidOf.get(uid) === message) return;
    this.#saidOf.set(uid, message);
    this.#logger.warn({ capture: name, uid }, message);
  }

  #streamOf({ observed: { recorded } }: PacketCaptureRecord): Stream | undefined {
    if (recorded.node === this.#node) return 'own';
    return recorded.node === undefined && recorded.progress === undefined ? 'unclaimed' : undefined;
  }

  #streamChanged(stream: Stream, { uid, value, previous, resourceVersion }: ReflectedChange<PacketCaptureRecord>): void {
    if (value) this.#left[stream].delete(uid);
    else this.#left[stream].set(uid, resourceVersion);
    const held = this.#held.get(uid);
    if (held && !value && previous) held.record = previous;
    const adopted = this.#adopted.get(uid);
    if (adopted?.stream === stream && compareResourceVersions(resourceVersion, adopted.record.resourceVersion) >= 0) {
      this.#adopted.delete(uid);
    }
    this.#tell(uid);
  }

  /** A list that was asked for after a write has all that came of it. */
  #streamRelisted(stream: Stream, since: number): void {
    for (const [uid, adopted] of this.#adopted) {
      if (adopted.stream !== stream || adopted.at > since) continue;
      this.#adopted.delete(uid);
      this.#tell(uid);
    }
  }

  /** Counters in a status are no news: only what {@link PacketCaptureSource.get} answers is. */
  #tell(uid: string): void {
    const observed = this.get(uid);
    if (isDeepStrictEqual(observed, this.#told.get(uid))) return;
    if (observed) this.#told.set(uid, observed);
    else this.#told.delete(uid);
    this.#changed(uid);
  }
}
