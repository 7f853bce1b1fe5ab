import { type CaptureEngine, type ClaimStrategy, silentLogger } from 'pcapper';
import { FakeNode } from 'pcapper/testing';
import { IncidentClaim } from '../../../examples/custom-controller/incident-claim.ts';
import { IncidentController } from '../../../examples/custom-controller/incident-controller.ts';
import type { Incident, Incidents, IncidentStatus } from '../../../examples/custom-controller/incident.ts';

/** Incidents in memory. */
class MemoryIncidents implements Incidents {
  /** While true, nothing can be written. */
  away = false;
  /** How often it was tried meanwhile. */
  refused = 0;
  readonly #incidents = new Map<string, Incident>();
  readonly #status = new Map<string, IncidentStatus>();
  readonly #watchers = new Set<(uid: string) => void>();

  create(uid: string, pod = 'web-1', namespace = 'shop'): void {
    this.#incidents.set(uid, { uid, namespace, name: uid, pod, reason: 'It is slow.', phase: undefined, node: undefined });
    this.#tell(uid);
  }

  delete(uid: string): void {
    this.#incidents.delete(uid);
    this.#tell(uid);
  }

  status(uid: string): IncidentStatus | undefined {
    return this.#status.get(uid);
  }

  start(changed: (uid: string) => void, signal: AbortSignal): Promise<void> {
    this.#watchers.add(changed);
    signal.addEventListener('abort', () => this.#watchers.delete(changed));
    return Promise.resolve();
  }

  uids(): Iterable<string> {
    return this.#incidents.keys();
  }

  get(uid: string): Incident | undefined {
    return this.#incidents.get(uid);
  }

  write({ uid }: Pick<Incident, 'uid'>, status: IncidentStatus): Promise<void> {
    if (this.away) {
      this.refused += 1;
      return Promise.reject(new Error('the API server is away'));
    }
    const incident = this.#incidents.get(uid);
    if (incident) {
      this.#incidents.set(uid, { ...incident, phase: status.phase, node: status.node });
      this.#status.set(uid, status);
      this.#tell(uid);
    }
    return Promise.resolve();
  }

  #tell(uid: string): void {
    for (const changed of this.#watchers) changed(uid);
  }
}

/** Incidents, a node, and the controller on it. */
export class IncidentWorld {
  readonly incidents = new MemoryIncidents();
  readonly node = new FakeNode();
  engine: CaptureEngine;
  controller: IncidentController;
  readonly #isClaimable: Promise<unknown> | undefined;

  /** @param isClaimable until it resolves, nothing is claimed */
  constructor(isClaimable?: Promise<unknown>) {
    this.#isClaimable = isClaimable;
    this.engine = this.node.createEngine();
    this.controller = this.#newController();
  }

  /** The controller's process ends, and another takes its place. */
  async restart(): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    this.engine = this.node.createEngine();
    this.controller = this.#newController();
    await this.controller.start();
  }

  #newController(): IncidentController {
    const rule = new IncidentClaim(this.node.pods, ['kube-system']);
    const claim: ClaimStrategy = {
      start: (changed, signal) => rule.start(changed, signal),
      claim: async (claimable) => {
        await this.#isClaimable;
        return rule.claim(claimable);
      },
    };
    return new IncidentController({ engine: this.engine, claim, incidents: this.incidents, clock: this.node.clock, logger: silentLogger });
  }
}
