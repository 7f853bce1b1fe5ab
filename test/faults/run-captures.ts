import type { Capture } from '../adapters/kubernetes/capture-api.ts';
import type { KubeApiserver } from '../harness/kube-apiserver.ts';
import { PATIENCE_MS } from './agent-under-fault.ts';
import type { Believable, CaptureEvidence, SeenStatus } from './checker/evidence.ts';
import { numberedPackets } from './checker/numbered-packet.ts';
import { readPcap } from './checker/pcap.ts';
import type { Draw } from './draw.ts';
import type { Truth } from './fault.ts';
import type { HostmountView } from './hostmount-view.ts';
import { must } from './must.ts';
import type { Sender } from './sender.ts';
import { CAPTURES, isTerminal, type StatusHistory } from './status-history.ts';
import { until } from './waits.ts';

/** For so long nothing may be left of a deleted capture before it counts as gone: twice the agents' own grace. */
const LET_GO_MS = 1_000;

export interface RunCapturesParts {
  readonly server: KubeApiserver;
  readonly draw: Draw;
  readonly history: StatusHistory;
  readonly open: AsyncDisposableStack;
  /** Processes of a capture that are alive. */
  readonly chainOf: (uid: string) => readonly unknown[];
  readonly note: (text: string) => void;
}

/** What a resource is made of. */
export interface About {
  readonly name: string;
  readonly pod: string;
  readonly node: string;
  readonly view: HostmountView;
  readonly sender: Sender;
  readonly truth: Truth;
}

/** A resource that the run has made, and what the run knows of it. */
export interface Made {
  readonly name: string;
  readonly uid: string;
  readonly view: HostmountView;
  readonly sender: Sender;
  readonly asked: CaptureEvidence['asked'];
  readonly believable: Believable;
  endAskedAt?: number;
  files?: ReadonlyMap<string, Uint8Array>;
  afterDeletion?: readonly string[];
}

/** The resources of one run: made, stopped, deleted and waited for, as a user does. */
export class RunCaptures {
  readonly #parts: RunCapturesParts;
  readonly #made: Made[] = [];

  constructor(parts: RunCapturesParts) {
    this.#parts = parts;
  }

  get all(): readonly Made[] {
    return this.#made;
  }

  async make(about: About): Promise<Made> {
    const { name, pod, node, view, sender, truth } = about;
    const { device, filter, fileCount, end, seconds, maxPackets, retainFiles } = this.#parts.draw;
    const isFirst = name.endsWith('a');
    const own = isFirst && !this.#made.some((made) => made.name === name);
    const asked: CaptureEvidence['asked'] = {
      node,
      end: own ? end : 'stop',
      seconds: own ? seconds : 300,
      ...(own && maxPackets !== undefined && { maxPackets }),
      fileBytes: 1_000_000,
      fileCount,
      snapLength: 262_144,
      retainFiles,
    };
    const spec = {
      targetNamespace: 'default',
      targetPod: pod,
      ...(device === 'any' && { targetInterface: 'any' }),
      ...(filter !== undefined && { captureFilter: filter }),
      maxFileSize: '1M',
      fileCount,
      captureSeconds: asked.seconds,
      ...(asked.maxPackets !== undefined && { maxPackets: asked.maxPackets }),
      retainFiles,
    };
    const { body } = await must(this.#parts.server, 'POST', CAPTURES, { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name }, spec });
    const { uid } = (body as Capture).metadata;
    this.#parts.note(`made ${name} (${uid}): ${JSON.stringify(spec)}`);
    const made: Made = { name, uid, view, sender, asked, believable: believableOf(truth) };
    this.#made.push(made);
    this.#parts.open.defer(async () => {
      await this.#parts.server.request('DELETE', `${CAPTURES}/${name}`);
    });
    return made;
  }

  async stop(made: Made): Promise<void> {
    if (made.asked.end !== 'stop') {
      Object.assign(made.asked, { stopToo: true });
    }
    made.endAskedAt ??= Date.now();
    this.#parts.note(`stops ${made.name}`);
    await must(this.#parts.server, 'PATCH', `${CAPTURES}/${made.name}`, { spec: { stop: true } });
  }

  /** @param early: before it has ended, or while it was about to. */
  async delete(made: Made, early = true): Promise<void> {
    if (early) {
      const { status = {} } = (await this.get(made.name)) ?? {};
      Object.assign(made.asked, { end: 'deletion', ...(isTerminal(status as SeenStatus) && { endedBefore: made.asked.end }) });
      made.endAskedAt ??= Date.now();
    }
    this.#parts.note(`deletes ${made.name} (${made.uid})`);
    await must(this.#parts.server, 'DELETE', `${CAPTURES}/${made.name}`);
  }

  async get(name: string): Promise<Capture | undefined> {
    const answer = await this.#parts.server.request('GET', `${CAPTURES}/${name}`, undefined, { signal: AbortSignal.timeout(5_000) });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`GET ${name}: ${answer.status}`);
    return answer.body as Capture;
  }

  async reaches(name: string, fits: (capture: Capture) => boolean, within = PATIENCE_MS): Promise<Capture> {
    return until(async () => {
      const capture = await this.get(name).catch(() => undefined);
      return capture && fits(capture) ? capture : undefined;
    }, within, `${name} becomes as awaited`);
  }

  /** Resolves also when it has ended. */
  running(made: Made, within: number): Promise<void> {
    return this.#parts.history.until(made.uid, (status) => status.progress === 'running' || isTerminal(status), within, `${made.name} runs`);
  }

  ended(made: Made, within: number): Promise<void> {
    return this.#parts.history.until(made.uid, isTerminal, within + made.asked.seconds * (made.asked.end === 'time' ? 1000 : 0), `the end of ${made.name}`);
  }

  /** Resolves once a packet that was sent after this call is in a file while the status says running, or once it has ended. */
  async capturingAgain(made: Made, within: number): Promise<void> {
    const from = made.sender.next;
    await until(() => {
      const { progress } = this.#parts.history.last(made.uid);
      if (progress === 'finished' || progress === 'failure') return true;
      return progress === 'running' && [...this.filesOf(made).values()].flatMap((bytes) => numberedPackets(readPcap(bytes))).some(({ sender, number }) => sender === made.sender.id && number >= from);
    }, within, `${made.name} captures (again)`, () => JSON.stringify(this.#parts.history.last(made.uid)));
  }

  async filesGone(made: Made, within: number): Promise<void> {
    const { uid, name, view, asked } = made;
    const gone = () => {
      const manifest = view.manifestOf(uid);
      // With nothing to keep, nothing is kept.
      if (asked.retainFiles) return manifest === undefined || (manifest.state.kind === 'closed' && view.filesOf(uid).length > 0);
      return manifest === undefined && view.filesNamed(asked.node, name, uid).every((file) => this.#made.some((other) => other.uid !== uid && other.name === name && view.filesOf(other.uid).includes(file)));
    };
    // A capture that had just been claimed may yet come so far that there is something to remove.
    const isLetGo = () => this.#parts.history.isGone(uid) && gone() && this.#parts.chainOf(uid).length === 0 && !view.reservations().some((entry) => entry.startsWith(uid));
    let since: number | undefined;
    await until(() => {
      since = isLetGo() ? (since ?? performance.now()) : undefined;
      return since !== undefined && performance.now() - since >= LET_GO_MS;
    }, within, `the files of ${name} (${uid}) are gone after its deletion`);
    made.afterDeletion = view.filesOf(uid);
    if (asked.retainFiles && made.files === undefined) made.files = new Map(made.afterDeletion.map((file) => [file, view.read(file)]));
  }

  filesOf({ view, asked, name, uid }: Made): ReadonlyMap<string, Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const file of view.filesNamed(asked.node, name, uid)) {
      try {
        files.set(file, view.read(file));
      } catch {
        // Removed meanwhile.
      }
    }
    return files;
  }

  evidenceOf({ name, uid, asked, sender, believable, endAskedAt, files, afterDeletion }: Made): CaptureEvidence {
    const runningAt = this.#parts.history.first(uid, ({ progress }) => progress === 'running');
    return {
      name,
      uid,
      asked,
      sender: sender.id,
      sent: sender.sent,
      history: this.#parts.history.of(uid),
      believable,
      ...(runningAt !== undefined && { runningAt }),
      ...(endAskedAt !== undefined && { endAskedAt }),
      ...(files && { files }),
      ...(afterDeletion && { afterDeletion }),
    };
  }
}

function believableOf({ partial = false, failures = [], finishes = [], clockOffsets }: Truth): Believable {
  return { partial, failures, finishes, ...(clockOffsets && { clockOffsets }) };
}
