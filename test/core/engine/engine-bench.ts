import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { HostmountDirectory } from '../../../src/adapters/disk/hostmount-directory.ts';
import { inspectPcapFile } from '../../../src/adapters/pcap/inspect-pcap-file.ts';
import type { CaptureLimits, CaptureRequest } from '../../../src/core/capture-request.ts';
import type { ClaimedPod } from '../../../src/core/capture-target.ts';
import { CaptureEngine } from '../../../src/core/engine/capture-engine.ts';
import type { CaptureOrder } from '../../../src/core/engine/capture-order.ts';
import type { EngineSettings } from '../../../src/core/engine/engine-parts.ts';
import { DEFAULT_ENGINE_SETTINGS } from '../../../src/default-parts.ts';
import { logged } from '../../operator/logged.ts';
import { FakeDiskGuard, FakeInterfaceResolver, type FakeTcpdumpRun, FakeTcpdumpRunner, ManualClock } from '../../../src/testing/index.ts';

export const POD = 'shop/web-1';
const target: ClaimedPod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'pod-1', cgroupUid: 'pod-1', hostNetwork: false };

/** An engine on a real folder; packets, disk, targets and time are a test's to move. */
export class EngineBench implements Disposable {
  readonly clock = new ManualClock();
  readonly guard = new FakeDiskGuard({ minFree: 1e9 });
  readonly resolver = new FakeInterfaceResolver();
  readonly runner = new FakeTcpdumpRunner(this.clock);
  readonly path = mkdtempSync(join(tmpdir(), 'pcapper-engine-'));
  readonly directory = this.#directoryOf('n1');
  readonly engine: CaptureEngine;
  readonly log = logged();
  #uids = 0;
  /** Calls of the directory that are under way. */
  #diskWork = 0;

  constructor(settings: Partial<EngineSettings> = {}) {
    this.resolver.serve(POD);
    this.engine = this.newEngine(settings);
  }

  /** Another engine on the same folder, as after a restart. */
  newEngine(settings: Partial<EngineSettings> = {}): CaptureEngine {
    const { clock, guard, resolver, runner } = this;
    const directory = settings.identity === undefined ? this.directory : this.#directoryOf(settings.identity);
    return new CaptureEngine({ clock, guard, resolver, runner, directory, logger: this.log.logger }, { ...DEFAULT_ENGINE_SETTINGS, node: 'n1', ...settings });
  }

  order(limits: Partial<CaptureLimits> = {}, request: Partial<CaptureRequest> = {}): CaptureOrder {
    const uid = `uid-${(this.#uids += 1)}`;
    return { target, request: { uid, name: 'web', target, limits: { seconds: 60, maxFileSize: 1_000_000, fileCount: 2, snapLength: 262_144, ...limits }, ...request } };
  }

  get run(): FakeTcpdumpRun {
    const run = this.runner.runs.at(-1);
    if (!run) throw new Error('no tcpdump was started');
    return run;
  }

  /** Lets time pass by small steps, and what depends on it happen, until `done` is settled. */
  async until<T>(done: Promise<T>, stepMs = 100): Promise<T> {
    const state = { settled: false };
    const finish = () => (state.settled = true);
    done.then(finish, finish);
    for (let steps = 0; ; steps += 1) {
      if (steps > 20_000) throw new Error('did not come about');
      await this.#breathe();
      if (state.settled) return done;
      await this.clock.advance(stepMs);
    }
  }

  /** Lets what is under way on the disk happen, and no time pass, until it holds. */
  async eventually(holds: () => boolean): Promise<void> {
    for (let tries = 0; !holds(); tries += 1) {
      if (tries > 5_000) throw new Error(`did not come about: ${holds.toString()}`);
      await this.#breathe();
    }
  }

  /** Lets everything happen that needs no time to pass: the disk's work is real, so it is waited for. */
  async #breathe(): Promise<void> {
    for (let quiet = 0; quiet < 10; quiet = this.#diskWork > 0 ? 0 : quiet + 1) await setImmediate();
  }

  #directoryOf(identity: string): HostmountDirectory {
    return this.#watched(new HostmountDirectory(this.path, identity, inspectPcapFile));
  }

  #watched(directory: HostmountDirectory): HostmountDirectory {
    return new Proxy(directory, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          this.#diskWork += 1;
          try {
            return (await Reflect.apply(value, target, given)) as unknown;
          } finally {
            this.#diskWork -= 1;
          }
        };
      },
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
