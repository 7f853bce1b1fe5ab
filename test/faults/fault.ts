import type { KubeApiserver } from '../harness/kube-apiserver.ts';
import type { TestPod } from '../harness/test-pod.ts';
import type { Capture } from '../adapters/kubernetes/capture-api.ts';
import type { AgentUnderFault } from './agent-under-fault.ts';
import type { Random } from './random.ts';
import type { CrashPoint, Step } from './steps.ts';

/** What is done to the resource while its agent is halted at the step, before the fault strikes. */
export const LIFECYCLES = ['none', 'stop', 'delete', 'recreate'] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

/** Where in the deck a run stands. */
export interface Cell {
  readonly fault: string;
  readonly step: Step;
  readonly lifecycle: Lifecycle;
}

/** Something that goes wrong. One object for all runs: what a run needs to remember is made by {@link FaultKind.stage}. */
export interface FaultKind {
  /** kebab-case, unique; used on the command line. */
  readonly name: string;
  /** Steps at which it makes sense. Default: all. */
  readonly steps?: readonly Step[];
  /** Lifecycle actions that go with it. Default: all. */
  readonly lifecycles?: readonly Lifecycle[];
  /** The agents n1 and n2 must (true) or must not (false) share one hostmount. Default: drawn. */
  readonly sharedHostmount?: boolean;
  /** Where the agent is halted for a step. Default: the step itself. */
  point?(step: Step): CrashPoint;
  /** Makes ready whatever must be there before the agents start: a proxy, a small disk, a clock. */
  stage(ground: Ground): Promise<Fault>;
}

/** What there is before the agents start. */
export interface Ground {
  readonly server: KubeApiserver;
  readonly random: Random;
  readonly cell: Cell;
  /** The device that is captured: `eth0` or `any`. */
  readonly device: string;
  /** A folder for this run alone, removed afterwards; not the hostmount. */
  readonly folder: string;
}

/** A fault of one run. Disposed when the run is over, also when it has failed. */
export interface Fault extends AsyncDisposable {
  /** Environment variables of the agent n1 (`KUBECONFIG` of a proxy, `LD_PRELOAD`, `MIN_FREE_DISK`, …), over the run's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A folder that takes the place of the hostmount of n1 (and of n2 where they share it). */
  readonly hostmount?: string;
  /** Called while the agent is halted at the step, after the lifecycle action. Afterwards the agent is let go on. */
  strike(scene: Scene): Promise<void>;
  /**
   * Called once the agent goes on (or is dead): waits for what the fault does to it, by events and within bounds, and
   * then makes everything well again. Afterwards an agent n1 that has ended is started anew.
   */
  heal?(scene: Scene): Promise<void>;
  /** What the status may truthfully say once all is well again. */
  truth(cell: Cell): Truth;
}

/** What the checker would believe of a run with this fault, beyond what every status may say. */
export interface Truth {
  /**
   * The capture may be interrupted: `finished` with the reason `Partial` is as good as the reason that was asked for. Gaps
   * must still be told, and everything outside of them be there. Default: false.
   */
  readonly partial?: boolean;
  /** Reasons of `failure` that would be true. Default: none. */
  readonly failures?: readonly string[];
  /** Reasons of `finished` that would be true besides the one that was asked for, as `TargetGone`. Default: none. */
  readonly finishes?: readonly string[];
  /** No capture can be had any more (as when the Pod is gone): the run waits for the end, not for `running`. Default: false. */
  readonly endsCapture?: boolean;
  /** The same holds for a capture of the neighbour n2 (its hostmount or API server had the fault, too). Default: false. */
  readonly neighbourToo?: boolean;
  /** What would be true of a capture of the neighbour n2, where it is something else. */
  readonly neighbour?: Truth;
  /** By how much the agent's wall clock may have been off while it wrote times; ms. Default: 0. */
  readonly clockOffsets?: readonly number[];
  /** The Pod can send nothing any more: no packet shows that it is captured. Default: false. */
  readonly mutes?: boolean;
  /** How long after the healing all must be right; ms. Default: 120,000. */
  readonly within?: number;
}

/** A process of a capture's chain, as /proc has it. */
export interface ChainProcess {
  readonly pid: number;
  readonly program: string;
}

/** A run, as a fault sees it when it strikes. */
export interface Scene {
  readonly cell: Cell;
  readonly random: Random;
  readonly server: KubeApiserver;
  /** The agent of n1, which has the capture. After {@link Scene.startVictim}: the newest. */
  readonly victim: AgentUnderFault;
  /** The agent of n2. After {@link Scene.startNeighbour}: the newest. */
  readonly neighbour: AgentUnderFault;
  /** HOSTMOUNT of n1. */
  readonly hostmount: string;
  /** HOSTMOUNT of n2. */
  readonly neighbourHostmount: string;
  /** The Pod that is captured. */
  readonly pod: TestPod;
  /** The device that is captured: `eth0` or `any`. */
  readonly device: string;
  readonly captureName: string;
  /** `metadata.uid` of the capture that the step is about. */
  readonly captureUid: string;
  /** Living processes of that capture's chain (`timeout`, `tcpdump`), whoever started them. */
  chain(): readonly ChainProcess[];
  /** The resource at present, past any proxy; `undefined` when it is gone. */
  capture(): Promise<Capture | undefined>;
  /** Resolves with the resource once it is so; rejects when that takes longer (default 120,000 ms). */
  reaches(fits: (capture: Capture) => boolean, within?: number): Promise<Capture>;
  /** Starts another agent of n1, as the DaemonSet would; becomes {@link Scene.victim}. Resolves when it is at work, unless told not to wait. */
  startVictim(options?: { readonly environment?: Readonly<Record<string, string>>; readonly wait?: boolean; readonly halt?: CrashPoint }): Promise<AgentUnderFault>;
  /** Starts another agent of n2; becomes {@link Scene.neighbour}. Resolves when it is at work. */
  startNeighbour(): Promise<AgentUnderFault>;
  /** Starts one more agent of n1, besides the victim, which should be refused. */
  startRival(): AgentUnderFault;
  /** Writes a line into the evidence of the run. */
  note(text: string): void;
}
