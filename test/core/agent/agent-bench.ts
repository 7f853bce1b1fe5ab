import { readdirSync } from 'node:fs';
import type { CaptureAgent } from '../../../src/core/agent/capture-agent.ts';
import type { CaptureLimits, CaptureRequest } from '../../../src/core/capture-request.ts';
import type { EngineSettings } from '../../../src/core/engine/engine-parts.ts';
import type { CaptureManifest } from '../../../src/core/capture-manifest.ts';
import type { ProgressReport } from '../../../src/core/progress-sink.ts';
import { type CaptureAgentOptions, createCaptureAgent } from '../../../src/create-capture-agent.ts';
import { FirstMatchClaim, NodeInterfaceClaim, PodOnNodeClaim } from '../../../src/strategies/claim/index.ts';
import { FakeCaptureSource, FakePodDirectory } from '../../../src/testing/index.ts';
import { EngineBench, POD } from '../engine/engine-bench.ts';

/** An agent of node n1 with requests in memory, on an {@link EngineBench}. */
export class AgentBench extends EngineBench {
  readonly source = new FakeCaptureSource('PacketCapture');
  readonly pods = new FakePodDirectory();
  readonly #agents: CaptureAgent[] = [];

  constructor() {
    super();
    this.pods.set({ namespace: 'shop', name: 'web-1', uid: 'pod-1' });
  }

  /** An agent at work. Each is the next of the node: the one before must have ended. */
  async agent(settings: Partial<CaptureAgentOptions> = {}, engine: Partial<EngineSettings> = {}): Promise<CaptureAgent> {
    const agent = this.newAgent(settings, engine);
    await this.until(agent.start());
    return agent;
  }

  /** One that was not sent to work yet. */
  newAgent(settings: Partial<CaptureAgentOptions> = {}, engine: Partial<EngineSettings> = {}): CaptureAgent {
    const agent = createCaptureAgent({
      engine: this.newEngine({ targetPatience: 2_000, ...engine }),
      sources: [this.source],
      claim: new FirstMatchClaim([new PodOnNodeClaim(this.pods), new NodeInterfaceClaim('n1')]),
      sinks: [this.source],
      ...settings,
    });
    this.#agents.push(agent);
    return agent;
  }

  /** Ends the agents, and sends the next one to work. */
  async restart(): Promise<CaptureAgent> {
    for (const agent of this.#agents.splice(0)) await this.until(agent[Symbol.asyncDispose]());
    return this.agent();
  }

  request(name = 'web', limits: Partial<CaptureLimits> = {}, changes: Partial<CaptureRequest> = {}): CaptureRequest {
    return this.order(limits, { name, target: { kind: 'pod', namespace: 'shop', name: 'web-1' }, ...changes }).request;
  }

  /** A manifest on disk with one segment that is closed, as an agent leaves it that ended; and its file. */
  async leftBehind(request: CaptureRequest, packets = 3): Promise<CaptureManifest> {
    const engine = this.newEngine();
    const target = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'pod-1', cgroupUid: 'pod-1', hostNetwork: false } as const;
    await engine.start({ request, target, source: 'PacketCapture' });
    this.run.receive(packets);
    await engine.suspend();
    const manifest = (await this.directory.loadManifests()).manifests.find((other) => other.request.uid === request.uid);
    if (!manifest) throw new Error('nothing was left behind');
    return manifest;
  }

  /** Resolves with the report that this capture has come so far. */
  reaches(uid: string, progress: ProgressReport['progress'], also: (report: ProgressReport) => boolean = () => true): Promise<ProgressReport> {
    return this.until(this.source.reported((report) => report.uid === uid && report.progress === progress && also(report)));
  }

  /** Lets time pass in which something might happen that must not. */
  async letPass(ms: number): Promise<void> {
    let over = false;
    void this.clock.sleep(ms).then(() => (over = true));
    await this.until(new Promise<void>((resolve) => {
      const look = () => (over ? resolve() : setImmediate(look));
      look();
    }), 250);
  }

  /** Manifests and pcap files. */
  get files(): string[] {
    return readdirSync(this.path);
  }

  get pcapFiles(): string[] {
    return this.files.filter((name) => /\.pcap\d*$/.test(name));
  }

  get living(): number {
    return this.runner.runs.filter(({ alive }) => alive).length;
  }

  progressOf(uid: string): (ProgressReport['progress'])[] {
    return this.source.reports.filter((report) => report.uid === uid).map(({ progress }) => progress);
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) await this.until(agent[Symbol.asyncDispose]());
    this[Symbol.dispose]();
  }
}

export { POD };
