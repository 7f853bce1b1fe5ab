import { isDeepStrictEqual } from 'node:util';
import type { Dispatch } from '../../adapters/environment/operator-settings.ts';
import { ApiStatusError, type EventPost, type KubernetesClient } from '../../adapters/kubernetes/index.ts';
import { packetCapturesPath } from '../../adapters/kubernetes/packet-capture-record.ts';
import { API_VERSION, PACKET_CAPTURE, type PacketCaptureStatus } from '../../api/v1alpha1/index.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { Clock } from '../../core/clock.ts';
import { CaptureError } from '../../core/errors/index.ts';
import { isFileNamePart } from '../../core/file-names.ts';
import { KeyedQueue } from '../../core/keyed-queue.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { OPERATOR_FIELD_MANAGER } from '../field-manager.ts';
import { getOr404 } from '../get-or-404.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { ageOf } from '../packet-captures/age.ts';
import type { CaptureChange, CaptureWatch } from '../packet-captures/capture-watch.ts';
import type { WatchedCapture } from '../packet-captures/watched-capture.ts';
import type { AgentPods } from './agent-pods.ts';
import { findTarget } from './find-target.ts';
import { lostStatus, NODE_LOST } from './lost-status.ts';
import { type Finding, type Findings, operatorConditions } from './operator-conditions.ts';
import { AgentNotReadyError, NodeGoneError, NodeNotReadyError, NotDispatchedError } from './target-errors.ts';
import { FIND_TARGET_RULES, TARGET_RULES } from './target-rules.ts';

/** What {@link Targets} are made of. */
export interface TargetsOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the captures, and of the agents. */
  readonly namespace: string;
  /** Of the same namespace; started by somebody else, later. */
  readonly captures: Pick<CaptureWatch, 'get' | 'onChange' | 'uids'>;
  /** Of the same namespace; started here. */
  readonly agents: Pick<AgentPods, 'hasPod' | 'onChange' | 'start' | 'unreadySince'>;
  /** Who tells what is missing, as Events about the capture. */
  readonly events: Pick<EventPost, 'post'>;
  /** With `job` what nobody has taken is looked after by whoever dispatches to Jobs. */
  readonly dispatch: Dispatch;
}

/** Pods are often made together with their captures, or just after. */
const TARGET_GRACE_MS = 10_000;
/** An agent that is replaced or restarted is ready again sooner. */
const AGENT_GRACE_MS = 30_000;
/** Between two looks at what nobody tells of: at first as long as the capture has waited. */
const RECHECK_MS = { first: 10_000, longest: 60_000 } as const;
/** For an agent that comes back late to report the end of a capture itself. */
const LAST_REPORT_MS = 60_000;

/**
 * Tells of PacketCaptures what no agent can see: that their target is not there, or that the agent which has them, or its
 * node, is gone. As a condition and an Event first; it is a failure only past the capture's own deadline, for until then
 * the agent may come back and go on.
 */
export class Targets implements AsyncDisposable {
  readonly #options: TargetsOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #captures: TargetsOptions['captures'];
  readonly #agents: TargetsOptions['agents'];
  readonly #queue: KeyedQueue;
  readonly #life = new AbortController();
  /** `Clock.uptime` at which captures were first seen, and at which they began to capture; by uid. */
  readonly #seenAt = new Map<string, number>();
  readonly #begunAt = new Map<string, number>();
  /** uids of captures by Jobs that this was told of. */
  readonly #notDispatched = new RecentMap<string, true>();
  #isStarted = false;

  /** Is to be made before the captures are watched. */
  constructor(options: TargetsOptions) {
    const { clock, logger = silentLogger, captures } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#captures = captures;
    this.#queue = new KeyedQueue((uid) => this.#look(uid), { clock, logger, concurrency: 4 });
    this.#agents = options.agents;
    this.#agents.onChange((node) => this.#agentChanged(node));
    captures.onChange((change) => this.#captureChanged(change));
  }

  /** Resolves once the agents are known, and goes on until the signal is aborted; rejects if that comes first. */
  async start(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => void this.#stop(signal.reason), { once: true });
    if (signal.aborted) await this.#stop(signal.reason);
    await this.#agents.start(this.#life.signal);
    this.#isStarted = true;
    for (const uid of this.#captures.uids()) this.#queue.add(uid);
  }

  /** Resolves when what was under way has ended; nothing is written afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(new Error('the targets were disposed'));
  }

  async #stop(reason: unknown): Promise<void> {
    this.#life.abort(reason);
    await this.#queue.close();
  }

  #captureChanged({ uid, value, previous }: CaptureChange): void {
    if (!value) {
      this.#seenAt.delete(uid);
      this.#begunAt.delete(uid);
      return;
    }
    const now = this.#clock.uptime();
    if (!this.#seenAt.has(uid)) this.#seenAt.set(uid, now);
    if (value.startTime !== undefined && !this.#begunAt.has(uid)) {
      // Who was seen before it began has begun now; only of the rest the wall clocks tell.
      this.#begunAt.set(uid, previous ? now : now - ageOf(value.startTime, value.createdAt, this.#clock.now()));
    }
    this.#queue.add(uid);
  }

  #agentChanged(node: string): void {
    for (const uid of this.#captures.uids()) {
      if (this.#captures.get(uid)?.node === node) this.#queue.add(uid);
    }
  }

  async #look(uid: string): Promise<void> {
    const capture = this.#captures.get(uid);
    if (!this.#isStarted || !capture || capture.isDeleting) return;
    const { dispatch } = this.#options;
    if (capture.isJob) {
      if (dispatch === 'agent' && !isTerminal(capture.progress)) this.#tellNotDispatched(capture);
      return;
    }
    try {
      if (isTerminal(capture.progress)) await this.#settle(capture);
      else if (capture.node !== undefined) await this.#lookAtAgent(capture, capture.node);
      else if (capture.progress === undefined && dispatch === 'agent') await this.#lookForTarget(capture);
    } catch (error) {
      if (!this.#life.signal.aborted) throw error;
    }
  }

  /** What nobody has taken. */
  async #lookForTarget(capture: WatchedCapture): Promise<void> {
    const { uid, target } = capture;
    const waited = this.#clock.uptime() - (this.#seenAt.get(uid) ?? this.#clock.uptime());
    if (target === undefined) return;
    if (waited < TARGET_GRACE_MS) {
      this.#queue.addAfter(uid, TARGET_GRACE_MS - waited);
      return;
    }
    this.#queue.addAfter(uid, Math.min(Math.max(waited, RECHECK_MS.first), RECHECK_MS.longest));
    const { client } = this.#options;
    const found = await this.#asked(findTarget(client, target, this.#life.signal));
    if (CaptureError.is(found)) await this.#tell(capture, { TargetFound: found });
    else await this.#tell(capture, { TargetFound: found.message, AgentReady: await this.#agentOf(found.node) });
  }

  /** What a node has. */
  async #lookAtAgent(capture: WatchedCapture, node: string): Promise<void> {
    const agent = await this.#agentOf(node);
    const since = this.#agents.unreadySince(node);
    const findings = { TargetFound: `Node ${node} has taken it.`, AgentReady: agent };
    if (since === undefined) {
      await this.#tell(capture, findings);
      return;
    }
    const now = this.#clock.uptime();
    // What waits on a node that is gone has all its time before it, if the node comes back.
    const begun = capture.progress === 'running' ? (this.#begunAt.get(capture.uid) ?? since) : since;
    const deadline = begun + (capture.timeLimit ?? Infinity) + LAST_REPORT_MS;
    if (CaptureError.is(agent) && now >= deadline) {
      await this.#lose(capture, node, agent);
      return;
    }
    const graceLeft = since + AGENT_GRACE_MS - now;
    this.#queue.addAfter(capture.uid, graceLeft > 0 ? graceLeft : Math.min(Math.max(deadline - now, 1), RECHECK_MS.longest));
    await this.#tell(capture, findings);
  }

  /** Its node's agent has reported its end, so it was found and is ready. What the operator itself has ended stays as it is. */
  async #settle(capture: WatchedCapture): Promise<void> {
    const { uid, node, progress, reason } = capture;
    this.#seenAt.delete(uid);
    if (node === undefined || (progress === 'failure' && reason === NODE_LOST)) return;
    await this.#tell(capture, { TargetFound: `Node ${node} has taken it.`, AgentReady: `The agent of node ${node} has reported.` });
  }

  /** `undefined`: it may just be replaced. */
  async #agentOf(node: string): Promise<Finding | undefined> {
    const { client, namespace } = this.#options;
    const since = this.#agents.unreadySince(node);
    if (since === undefined) return `The agent of node ${node} is ready.`;
    if (this.#clock.uptime() - since < AGENT_GRACE_MS) return undefined;
    // Whoever may write a status writes what he likes.
    const found = isFileNamePart(node) ? await this.#asked(getOr404<Node>(client, `/api/v1/nodes/${node}`, node, this.#life.signal)) : undefined;
    if (!found) return new NodeGoneError(node);
    const isReady = found.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return isReady ? new AgentNotReadyError(node, namespace, this.#agents.hasPod(node)) : new NodeNotReadyError(node);
  }

  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw explainMissingRight(error, 'ClusterRole', FIND_TARGET_RULES);
    }
  }

  /** Writes conditions that differ. What is well is told only where something was wrong before. */
  async #tell(capture: WatchedCapture, findings: Findings): Promise<void> {
    const conditions = operatorConditions(capture.conditions, findings, this.#clock.now());
    if (isDeepStrictEqual(conditions, operatorConditions(capture.conditions, {}, 0))) return;
    if (!(await this.#write(capture, { conditions }))) return;
    for (const [type, finding] of Object.entries(findings)) {
      if (!CaptureError.is(finding)) continue;
      this.#logger.info({ capture: capture.name, reason: finding.code }, finding.message);
      // One Event for a target; one for each way in which the agent of a node is missing.
      const key = type === 'TargetFound' ? type : `${finding.code} ${capture.node ?? ''}`;
      this.#event(capture, { key, reason: finding.code, action: 'Watch', note: finding.message });
    }
  }

  async #lose(capture: WatchedCapture, node: string, cause: CaptureError): Promise<void> {
    const conditions = operatorConditions(capture.conditions, { AgentReady: cause }, this.#clock.now());
    const status = lostStatus(cause, conditions, this.#clock.now());
    if (!(await this.#write(capture, status))) return;
    this.#logger.warn({ capture: capture.name, node }, status.message);
    this.#event(capture, { key: NODE_LOST, reason: 'Failure', action: NODE_LOST, note: status.message });
  }

  /** Not as a condition: it would take the place of what the operator has written as its dispatcher. */
  #tellNotDispatched(capture: WatchedCapture): void {
    if (this.#notDispatched.has(capture.uid)) return;
    this.#notDispatched.set(capture.uid, true);
    const { code, message } = new NotDispatchedError();
    this.#logger.warn({ capture: capture.name, reason: code }, message);
    this.#event(capture, { key: code, reason: code, action: 'Watch', note: message });
  }

  #event({ name, uid }: WatchedCapture, content: { readonly key: string; readonly reason: string; readonly action: string; readonly note: string }): void {
    const about = { apiVersion: API_VERSION, kind: PACKET_CAPTURE.kind, namespace: this.#options.namespace, name, uid };
    this.#options.events.post({ about, type: 'Warning', ...content });
  }

  /** Only as it is known: what has changed since is told, and looked at anew. @returns whether it was written. */
  async #write({ name, resourceVersion }: WatchedCapture, status: PacketCaptureStatus): Promise<boolean> {
    const { client, namespace } = this.#options;
    const body = { apiVersion: API_VERSION, kind: PACKET_CAPTURE.kind, metadata: { name, resourceVersion }, status };
    const query = { fieldManager: OPERATOR_FIELD_MANAGER, force: true };
    try {
      await client.patch(`${packetCapturesPath(namespace)}/${name}/status`, 'apply', body, { query, signal: this.#life.signal });
      return true;
    } catch (error) {
      if (ApiStatusError.is(error) && (error.statusCode === 409 || error.statusCode === 404)) return false;
      throw explainMissingRight(error, 'Role', TARGET_RULES);
    }
  }
}

interface Node {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
