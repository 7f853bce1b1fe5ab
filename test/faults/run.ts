import { closeSync, mkdirSync, openSync, readlinkSync, rmSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeApiserver } from '../harness/kube-apiserver.ts';
import { TestPod } from '../harness/test-pod.ts';
import { AgentUnderFault, PATIENCE_MS } from './agent-under-fault.ts';
import { checkRun } from './checker/check-run.ts';
import type { CaptureEvidence, RunEvidence } from './checker/evidence.ts';
import { cellName } from './deck.ts';
import { draw, type Draw, LATE } from './draw.ts';
import type { Cell, Fault, FaultKind, Scene, Truth } from './fault.ts';
import { HostmountView } from './hostmount-view.ts';
import { growth, locksIn, strayFiles } from './leftovers.ts';
import { must } from './must.ts';
import { descriptorsOf, holdersOf, processesOf, ProcessWatch } from './process-watch.ts';
import { Random } from './random.ts';
import { RunCaptures } from './run-captures.ts';
import { Sender } from './sender.ts';
import { isTerminal, StatusHistory } from './status-history.ts';
import type { CrashPoint } from './steps.ts';
import { lasting } from './waits.ts';

const PODS = '/api/v1/namespaces/default/pods';
const MAX_TOTAL_MB = 48;

export interface RunOptions {
  readonly server: KubeApiserver;
  readonly kind: FaultKind;
  readonly cell: Cell;
  /** Gives the same run again. */
  readonly seed: string;
  /** Part of the names of this run's resources. */
  readonly name: string;
  /** Where evidence is kept when it fails. */
  readonly artifacts: string;
  /** Evidence is kept also when it holds. Default: false. */
  readonly keep?: boolean;
}

export interface RunOutcome {
  readonly cell: Cell;
  readonly seconds: number;
  /** From healing to the right status; seconds. */
  readonly recovery: number | undefined;
  /** What has not held, a sentence each. */
  readonly violations: readonly string[];
  readonly draw: Draw;
  /** How each of its captures ended, as `finished (Partial)`. */
  readonly ends: readonly string[];
}

/** One run: agents, Pods and captures of its own, one fault, and what came of it. */
export class Run {
  readonly #options: RunOptions;
  readonly #random: Random;
  readonly #draw: Draw;
  readonly #open = new AsyncDisposableStack();
  readonly #violations: string[] = [];
  readonly #notes: string[] = [];
  readonly #captures: RunCaptures;
  readonly #badExits: string[] = [];
  readonly #overLimit: RunEvidence['overLimit'][number][] = [];
  readonly #history: StatusHistory;
  readonly #began = performance.now();
  #folder = '';
  #chainOf: (uid: string) => readonly unknown[] = () => [];
  #recovery: number | undefined;
  #agents = 0;
  #victimStartedAt: number | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#draw = draw(this.#random, options.cell, options.kind);
    this.#history = new StatusHistory(options.server);
    this.#captures = new RunCaptures({
      server: options.server,
      draw: this.#draw,
      history: this.#history,
      open: this.#open,
      chainOf: (uid) => this.#chainOf(uid),
      note: (text) => this.#note(text),
    });
  }

  async run(): Promise<RunOutcome> {
    const { cell } = this.#options;
    this.#folder = await mkdtemp(join(tmpdir(), 'pcapper-fault-'));
    // Also when somebody ends all runs.
    const removeFolder = () => rmSync(this.#folder, { recursive: true, force: true });
    process.once('exit', removeFolder);
    let evidence: RunEvidence | undefined;
    try {
      evidence = await this.#play();
      this.#violations.push(...checkRun(evidence));
    } catch (error) {
      this.#violations.push(`the run got stuck: ${(error as Error).message}`);
      this.#note(String((error as Error).stack));
    }
    if (this.#violations.length > 0 || this.#options.keep) await this.#keep(evidence);
    try {
      await this.#open.disposeAsync();
    } catch (error) {
      this.#violations.push(`could not be cleaned up: ${(error as Error).message}`);
    }
    await this.#history[Symbol.asyncDispose]();
    process.off('exit', removeFolder);
    removeFolder();
    return { cell, seconds: (performance.now() - this.#began) / 1000, recovery: this.#recovery, violations: this.#violations, draw: this.#draw, ends: (evidence?.captures ?? []).map(endOf) };
  }

  async #play(): Promise<RunEvidence> {
    const { server, kind, cell, name } = this.#options;
    const { sharedHostmount, second, device, pace } = this.#draw;
    const random = this.#random;
    const own = join(this.#folder, 'fault');
    await mkdir(own);
    const fault = this.#open.use(await kind.stage({ server, random, cell, device, folder: own }));
    const truth = fault.truth(cell);
    const hostmount = fault.hostmount ?? this.#folderNamed('hostmount-n1');
    const neighbourHostmount = sharedHostmount ? hostmount : this.#folderNamed('hostmount-n2');
    const view = new HostmountView(hostmount);
    const neighbourView = new HostmountView(neighbourHostmount);
    const views = sharedHostmount ? [view] : [view, neighbourView];

    const watch = this.#open.use(new ProcessWatch(
      (uid) => isTerminal(this.#history.last(uid)),
      () => this.#lookAtDisk(views),
    ));

    this.#chainOf = (uid) => watch.chain(uid);
    const capture = `${name}a`;
    const point = kind.point?.(cell.step) ?? cell.step;
    const haltsAtStart = point === 'ledger-adopt';
    const spawn = (node: string, folder: string, environment: Readonly<Record<string, string>> = {}, halt?: CrashPoint) =>
      this.#agent(node, folder, environment, halt && { point: halt, capture, packets: halt === 'running' ? this.#draw.headStart : 0 });
    const shared = fault.hostmount === undefined || !sharedHostmount ? {} : this.#diskOf(fault);
    let neighbour = spawn('n2', neighbourHostmount, shared);
    // One that halts with the ledger locked would keep the other from its start.
    if (haltsAtStart) await neighbour.ready();
    let victim = spawn('n1', hostmount, fault.environment, point);
    const [pod, neighbourPod] = await Promise.all([
      this.#pod('n1', `${name}a`),
      second === 'neighbour' ? this.#pod('n2', `${name}b`) : undefined,
      haltsAtStart ? undefined : victim.ready(),
      neighbour.ready(),
    ]);
    const descriptors = new Map([neighbour, ...(haltsAtStart ? [] : [victim])].map((agent) => [agent, descriptorsOf(agent.pid)]));
    const [sender, neighbourSender] = await Promise.all([
      this.#sender(pod, pace),
      neighbourPod && this.#sender(neighbourPod, pace),
    ]);
    const namespaces = [pod, ...(neighbourPod ? [neighbourPod] : [])].map(({ pid }) => this.#pin(`/proc/${pid}/ns/net`));

    // The second is captured all along, whatever step the first is at.
    const beside = fault.truth({ ...cell, step: 'running', lifecycle: 'none' });
    const whole: Truth = {};
    const b = second === 'none' ? undefined : await this.#captures.make({
      name: `${name}b`,
      pod: second === 'same-pod' ? `${name}a` : `${name}b`,
      node: second === 'same-pod' ? 'n1' : 'n2',
      view: second === 'same-pod' ? view : neighbourView,
      sender: neighbourSender ?? sender,
      truth: second === 'same-pod' || beside.neighbourToo ? beside : (beside.neighbour ?? whole),
    });
    if (b) watch.add(b.uid);
    const about = { name: capture, pod: `${name}a`, node: 'n1', view, sender, truth };
    let a = await this.#captures.make(about);
    watch.add(a.uid);

    const scene: Scene = {
      cell,
      random,
      server,
      get victim() {
        return victim;
      },
      get neighbour() {
        return neighbour;
      },
      hostmount,
      neighbourHostmount,
      pod,
      device,
      captureName: capture,
      captureUid: a.uid,
      chain: () => watch.chain(scene.captureUid),
      capture: () => this.#captures.get(capture),
      reaches: (fits, within) => this.#captures.reaches(capture, fits, within),
      startVictim: async ({ environment = {}, wait = true, halt } = {}) => {
        descriptors.delete(victim);
        this.#victimStartedAt = performance.now();
        victim = spawn('n1', hostmount, { ...fault.environment, ...environment }, halt);
        if (wait) await victim.ready();
        return victim;
      },
      startNeighbour: async () => {
        descriptors.delete(neighbour);
        neighbour = spawn('n2', neighbourHostmount, shared);
        await neighbour.ready();
        return neighbour;
      },
      startRival: () => spawn('n1', hostmount, fault.environment),
      note: (text) => this.#note(text),
    };

    if (LATE.includes(cell.step)) {
      await this.#captures.running(a, PATIENCE_MS);
      await sender.sends(this.#draw.headStart);
      if (a.asked.end === 'stop') await this.#captures.stop(a);
    }
    await victim.halted();
    this.#note(`n1 halts at ${point}`);
    const first = a;
    switch (cell.lifecycle) {
      case 'none':
        break;
      case 'stop':
        await this.#captures.stop(a);
        break;
      case 'delete':
      case 'recreate':
        await this.#captures.delete(a);
        if (cell.lifecycle === 'recreate') {
          a = await this.#captures.make(about);
          watch.add(a.uid);
        }
    }
    await fault.strike(scene);
    this.#note('struck');
    victim.goOn();
    await fault.heal?.(scene);
    const healed = this.#victimStartedAt ?? performance.now();
    if (!victim.isAlive) await scene.startVictim();
    this.#note('healed');

    const within = truth.within ?? PATIENCE_MS;
    const isDeleted = cell.lifecycle === 'delete';
    if (first.endAskedAt !== undefined && first.asked.end === 'deletion') await this.#captures.filesGone(first, within);
    if (!isDeleted) {
      const comesToEnd = cell.lifecycle === 'stop' || (LATE.includes(cell.step) && cell.lifecycle !== 'recreate') || truth.endsCapture === true;
      await (comesToEnd ? this.#captures.ended(a, within) : truth.mutes ? this.#captures.running(a, within) : this.#captures.capturingAgain(a, within));
    }
    this.#recovery = (performance.now() - healed) / 1000;
    this.#note(`right again after ${this.#recovery.toFixed(2)} s`);

    if (!isDeleted && !isTerminal(this.#history.last(a.uid))) {
      if (!truth.mutes) await sender.sends(50);
      // What sees no packet comes to no packet limit.
      if (a.asked.end === 'stop' || (truth.mutes && a.asked.end === 'packets')) await this.#captures.stop(a);
      await this.#captures.ended(a, within);
    }
    if (b) {
      if (!isTerminal(this.#history.last(b.uid))) {
        await this.#captures.running(b, within);
        if (!truth.mutes) await b.sender.sends(20);
        await this.#captures.stop(b);
      }
      await this.#captures.ended(b, within);
    }
    if (!victim.isAlive) this.#violations.push(`the agent n1 has ended by itself: ${victim.stderr}`);
    const captures = [...(isDeleted ? [] : [a]), ...(b ? [b] : [])];
    for (const made of captures) made.files = this.#captures.filesOf(made);

    if (this.#draw.restartAtEnd) {
      await this.#end(victim);
      await scene.startVictim();
      this.#note('n1 was restarted after the end');
    }
    for (const made of captures) await this.#captures.delete(made, false);
    for (const made of captures) await this.#captures.filesGone(made, within);
    await Promise.all([sender.stop(), neighbourSender?.stop()]);

    const survivors = [...descriptors].filter(([agent]) => agent.isAlive);
    const grown = await lasting(() => survivors.flatMap(([agent, before]) => growth(before, descriptorsOf(agent.pid)).map((what) => `${agent.node}: ${what}`)));
    // What could not be given back while the disk took nothing is given back soon after.
    await lasting(() => views.flatMap((one) => one.reservations()));
    await Promise.all([this.#end(victim), this.#end(neighbour)]);
    const sandboxes = [process.pid, ...[pod, ...(neighbourPod ? [neighbourPod] : [])].map(({ pid }) => pid)];
    const heldNamespaces = await lasting(() => namespaces.flatMap((namespace) => holdersOf(namespace, sandboxes)));
    await pod.kill();
    await neighbourPod?.kill();
    const uids = new Set(this.#captures.all.map(({ uid }) => uid));
    const retained = this.#captures.all.filter(({ asked }) => asked.retainFiles).map(({ uid }) => uid);
    const reservations = views.flatMap((one) => one.reservations());
    return {
      captures: this.#captures.all.map((made) => this.#captures.evidenceOf(made)),
      doubles: watch.doubles,
      resurrections: watch.resurrections,
      overLimit: this.#overLimit,
      badExits: this.#badExits,
      leftovers: {
        processes: await lasting(() => processesOf(uids, [...new Set([hostmount, neighbourHostmount])])),
        networkNamespaces: heldNamespaces,
        locks: await lasting(() => locksIn(views)),
        files: views.flatMap((one) => strayFiles(one, retained)),
        reservations,
        descriptors: grown,
      },
    };
  }

  #folderNamed(name: string): string {
    const path = join(this.#folder, name);
    mkdirSync(path);
    return path;
  }

  /** Where both agents share the fault's disk, both are told the same of it. */
  #diskOf({ environment = {} }: Fault): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(environment).filter(([key]) => key === 'MAX_TOTAL_FILESIZE' || key === 'MIN_FREE_DISK'));
  }

  #agent(node: string, hostmount: string, environment: Readonly<Record<string, string>>, halt?: { point: CrashPoint; capture: string; packets: number }): AgentUnderFault {
    this.#agents += 1;
    const agent = new AgentUnderFault({
      environment: {
        NODE_NAME: node,
        HOSTMOUNT: hostmount,
        KUBECONFIG: this.#options.server.kubeconfig,
        MAX_TOTAL_FILESIZE: `${MAX_TOTAL_MB}M`,
        MIN_FREE_DISK: '16M',
        SCAN_INTERVAL: '2',
        HEALTH_PORT: '0',
        LOG_LEVEL: 'debug',
        ...environment,
      },
      logFile: join(this.#folder, `agent-${this.#agents}-${node}.log`),
      ...(halt && { halt }),
    });
    this.#note(`agent ${this.#agents} of ${node} is process ${agent.pid}`);
    return this.#open.use(agent);
  }

  async #end(agent: AgentUnderFault): Promise<void> {
    if (!agent.isAlive) return;
    const code = await agent.end('SIGTERM');
    if (code !== 0) this.#badExits.push(`the agent ${agent.node} (${agent.pid}) ended with ${code ?? 'a signal'} on SIGTERM: ${agent.stderr}`);
  }

  async #pod(node: string, name: string): Promise<TestPod> {
    const { server } = this.#options;
    const spec = { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'none' }] };
    const { body } = await must(server, 'POST', PODS, { metadata: { name }, spec });
    const { uid } = (body as { metadata: { uid: string } }).metadata;
    const pod = this.#open.use(await TestPod.create({ namespace: 'default', name, uid }));
    this.#open.defer(async () => {
      await server.request('DELETE', `${PODS}/${name}`, { gracePeriodSeconds: 0 });
    });
    const status = { phase: 'Running', podIP: pod.address, podIPs: [{ ip: pod.address }] };
    await must(server, 'PATCH', `${PODS}/${name}/status`, { status });
    return pod;
  }

  /** The number of a network namespace; held open to the end, since the kernel gives the number of one that is gone to the next. */
  #pin(path: string): string {
    const pinned = openSync(path, 'r');
    this.#open.defer(() => closeSync(pinned));
    return readlinkSync(path);
  }

  async #sender(pod: TestPod, pace: Draw['pace']): Promise<Sender> {
    return this.#open.use(await Sender.start(pod, this.#random.whole(1, 2 ** 31), pace));
  }

  #lookAtDisk(views: readonly HostmountView[]): void {
    for (const view of views) {
      const occupied = view.occupied();
      if (occupied > MAX_TOTAL_MB * 1e6) this.#overLimit.push({ at: Date.now(), what: `${occupied} bytes in ${view.path}, MAX_TOTAL_FILESIZE is ${MAX_TOTAL_MB}M` });
    }
  }

  #note(text: string): void {
    this.#notes.push(`${new Date().toISOString()} ${text}`);
  }

  /** Keeps everything that helps to find out why. */
  async #keep(evidence: RunEvidence | undefined): Promise<void> {
    const { artifacts, cell, seed, name } = this.#options;
    const target = join(artifacts, `${name}-${cellName(cell)}`);
    await mkdir(artifacts, { recursive: true });
    await cp(this.#folder, target, { recursive: true, filter: (path) => !path.endsWith('.lock') });
    const captures = (evidence?.captures ?? this.#captures.all.map((made) => this.#captures.evidenceOf(made))).map(({ sent, files, ...capture }) => ({ ...capture, sent: sent.length, files: [...(files?.keys() ?? [])] }));
    for (const made of this.#captures.all) {
      await writeFile(join(target, `sent-${made.name}.txt`), made.sender.sent.map(({ number, before, after }) => `${number} ${new Date(before).toISOString()} ${new Date(after).toISOString()}\n`).join(''));
      for (const [file, bytes] of made.files ?? []) await writeFile(join(target, file), bytes);
    }
    await writeFile(join(target, 'run.json'), `${JSON.stringify({ cell, seed, violations: this.#violations, draw: this.#draw, ...evidence, captures }, undefined, 1)}\n`);
    await appendFile(join(target, 'notes.txt'), this.#notes.map((line) => `${line}\n`).join(''));
  }
}

function endOf({ asked, history }: CaptureEvidence): string {
  const { progress, reason } = history.at(-1)?.status ?? {};
  if (progress !== 'finished' && progress !== 'failure') return asked.end === 'deletion' ? 'deleted' : 'not ended';
  return progress === 'failure' || reason === 'Partial' ? `${progress} (${reason ?? ''})` : progress;
}
