import type { CaptureTarget, ClaimedPod, ClaimedTarget, NodeInterfaceTarget } from '../core/capture-target.ts';
import { describeTarget } from '../core/capture-target.ts';
import type { CaptureEngine } from '../core/engine/capture-engine.ts';
import type { EngineParts, EngineSettings } from '../core/engine/engine-parts.ts';
import { HostmountLockedError } from '../core/errors/disk-errors.ts';
import { HostNetworkRefusedError, InterfaceNotFoundError, PodNotFoundError } from '../core/errors/target-errors.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import type { LocalPod } from '../core/pod-directory.ts';
import { DEFAULT_ENGINE_SETTINGS } from '../default-parts.ts';
import { FakeCaptureDirectory } from './fake-capture-directory.ts';
import { FakeDisk } from './fake-disk.ts';
import { FakeDiskGuard } from './fake-disk-guard.ts';
import { FakeInterfaceResolver, targetName } from './fake-interface-resolver.ts';
import { FakeNodeEngine } from './fake-node-engine.ts';
import { FakePodDirectory } from './fake-pod-directory.ts';
import { FakeProcess } from './fake-process.ts';
import type { FakeTcpdumpRun } from './fake-tcpdump-run.ts';
import { FakeTcpdumpRunner } from './fake-tcpdump-runner.ts';
import { ManualClock } from './manual-clock.ts';

/** What a {@link FakeNode} has. All sizes are bytes. */
export interface FakeNodeOptions {
  /** Default: `n1`. */
  readonly name?: string;
  /** Size of its disk. Default: 1 PB. */
  readonly disk?: number;
  /** MAX_TOTAL_FILESIZE. Default: the disk. */
  readonly maxTotal?: number;
  /** MIN_FREE_DISK. Default: 1 GB. */
  readonly minFree?: number;
  /** Default: none. */
  readonly logger?: Logger;
}

const GB = 1e9;

/**
 * A node in memory, whose Pods, packets, disk and time a test moves: fakes of all parts of an engine that know of each
 * other. Needs no root, no tcpdump, no folder and no cluster, and no time passes but by its clock.
 */
export class FakeNode {
  /** NODE_NAME. */
  readonly name: string;
  /** See {@link ManualClock.advance} and {@link ManualClock.until}. */
  readonly clock = new ManualClock();
  /** Its Pods, as a `PodOnNodeClaim` asks for them. */
  readonly pods = new FakePodDirectory();
  /** To be filled by others, or looked at. */
  readonly disk: FakeDisk;
  /** Manifests and files of its captures; fails when it is told to. */
  readonly directory: FakeCaptureDirectory;
  /** Holds its disk for captures; refuses when it is told to. */
  readonly guard: FakeDiskGuard;
  /** Its interfaces by their targets; refuses what it is told to. */
  readonly resolver = new FakeInterfaceResolver('Fake', this.pods);
  /** Starts that fail or hang, filters that do not compile, processes that were left behind. */
  readonly runner: FakeTcpdumpRunner;
  readonly #logger: Logger;
  /** Who has the folder, by the identity. */
  readonly #holders = new Map<string, object>();
  #process = new FakeProcess();
  readonly #lost = new AbortController();

  constructor({ name = 'n1', disk, maxTotal, minFree = GB, logger = silentLogger }: FakeNodeOptions = {}) {
    this.name = name;
    this.disk = new FakeDisk(disk === undefined ? {} : { size: disk });
    this.directory = new FakeCaptureDirectory('/hostmount', this.disk);
    this.guard = new FakeDiskGuard({ disk: this.disk, minFree, ...(maxTotal !== undefined && { maxTotal }) });
    this.runner = new FakeTcpdumpRunner(this.clock, this.disk);
    this.#logger = logger;
  }

  /** For an engine of one's own making. */
  get parts(): EngineParts {
    const { clock, directory, guard, resolver, runner } = this;
    const held = { lost: this.#lost.signal, [Symbol.asyncDispose]: () => Promise.resolve() };
    return { clock, directory, guard, resolver, runner, logger: this.#logger, held };
  }

  /**
   * An engine on this node. Made again after the first was suspended or disposed, or after {@link FakeNode.crash}, it is that of the next process.
   * @throws HostmountLockedError while another of this identity has not ended, as `createCaptureEngine` does
   */
  createEngine(settings: Partial<Omit<EngineSettings, 'node'>> = {}): CaptureEngine {
    const { identity = this.name } = settings;
    if (this.#holders.has(identity)) throw new HostmountLockedError(this.directory.path, identity);
    const holder = {};
    const leave = () => {
      if (this.#holders.get(identity) === holder) this.#holders.delete(identity);
    };
    const engine = new FakeNodeEngine(this.parts, { ...DEFAULT_ENGINE_SETTINGS, ...settings, node: this.name }, this.#process, leave);
    this.#holders.set(identity, holder);
    return engine;
  }

  /**
   * The process of its engines dies, as by SIGKILL, and their tcpdumps with it: what they have written stays, and captures that had begun
   * are there for the `recover()` of the next engine. The engines write nothing more, and nothing that is awaited of them settles,
   * but for their disposal.
   */
  crash(): void {
    this.#process.die();
    this.#process = new FakeProcess();
    for (const run of this.runner.runs) run.kill();
    this.guard.crash();
    this.#holders.clear();
  }

  /**
   * A Pod appears, as `namespace/name`, or is replaced by another of its name: a capture of the former ends. One with hostNetwork
   * is refused, as by default a real one is; `resolver.serve('namespace/name')` has it captured.
   * @param pod its uid (default: a new one), its labels, and whether it has a network namespace of its own.
   * @returns it as a claim names it.
   */
  addPod(name: `${string}/${string}`, pod: Partial<Omit<LocalPod, 'namespace' | 'name'>> = {}): ClaimedPod {
    const [namespace = '', podName = ''] = name.split('/');
    const before = this.pods.find(namespace, podName);
    const known = this.pods.set({ uid: crypto.randomUUID(), ...pod, namespace, name: podName });
    const { uid, cgroupUid, hostNetwork } = known;
    const claimed = { kind: 'pod', namespace, name: podName, uid, cgroupUid, hostNetwork } as const;
    if (hostNetwork) this.resolver.refuse(name, new HostNetworkRefusedError(describeTarget(claimed)));
    else this.resolver.serve(name);
    if (before !== undefined && before.uid !== uid) this.resolver.goAway(name);
    return claimed;
  }

  /** Another engine gets into its folder: `CaptureEngine.lost` is aborted, and no manifest can be written any more. */
  loseFolder(): void {
    const error = new HostmountLockedError(this.directory.path, this.name);
    this.directory.failure = error;
    this.#lost.abort(error);
  }

  /** An interface of the node appears. */
  addInterface(device: string): NodeInterfaceTarget {
    const target = { kind: 'node', node: this.name, interface: device } as const;
    this.resolver.serve(targetName(target), device);
    return target;
  }

  /** The Pod or interface vanishes. A capture of it ends as finished once the engine's `targetPatience` is over. */
  remove(target: ClaimedTarget): void {
    const name = targetName(target);
    if (target.kind === 'pod') this.pods.delete(target.namespace, target.name);
    this.resolver.refuse(name, target.kind === 'pod' ? new PodNotFoundError(describeTarget(target), 0) : new InterfaceNotFoundError(target.interface, `node ${this.name}`, []));
    this.resolver.goAway(name);
  }

  /** The sandbox of a Pod, or an interface, goes and comes back: a capture of it goes on in a next segment. */
  restart(target: ClaimedTarget): void {
    this.resolver.goAway(targetName(target));
  }

  /** The tcpdump that captures a target at present, for a test to say what it sees and how it ends. @throws when none does */
  tcpdumpOf(target: CaptureTarget): FakeTcpdumpRun {
    const name = targetName(target);
    const run = this.runner.runs.findLast(({ alive, spec }) => alive && this.resolver.targetOf(spec.interface) === name);
    if (run) return run;
    const captured = this.runner.runs.filter(({ alive }) => alive).map(({ spec }) => this.resolver.targetOf(spec.interface));
    const advice = 'Await start(), or clock.advance(0), which gets a capture there that was not awaited.';
    throw new Error(`No tcpdump captures ${name}; captured at present: ${captured.join(', ') || 'nothing'}. ${advice}`);
  }
}
