// The standalone agent, composed as in examples/standalone-agent, that halts itself at the point that it is armed for.
import 'reflect-metadata';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { CaptureError } from 'pcapper';
import { checkPrograms, HealthServer, openHostmount, readAgentSettings, registerPcapper, type Token, TOKENS } from 'pcapper/di';
import { loadConnection } from 'pcapper/kubernetes';
import { pino } from 'pino';
import { container } from 'tsyringe';
import { ARMED, type CrashPoint, HALTS } from './steps.ts';

/** Short, so that a run is; what they are by default changes nothing but the time it takes. */
const QUICK = { reportInterval: 500, goneGrace: 500, syncPatience: 2_000 };
const TARGET_PATIENCE = 2_000;

const [point, capture, leastPackets = '0'] = (process.env[ARMED] ?? '').split(' ');
let armed = point !== '' && point !== undefined;
/** Of the capture that it is armed for. */
let armedUid: string | undefined;

/** Stops every thread of this process, once, when it is armed for that point. */
function pass(here: CrashPoint, ofArmed = true): void {
  if (!armed || here !== point || !ofArmed) return;
  armed = false;
  writeSync(1, `${JSON.stringify({ level: 30, time: Date.now(), msg: HALTS, point, capture })}\n`);
  process.kill(process.pid, 'SIGSTOP');
}

/** The real part, some of whose methods are others. */
function instead<T extends object>(real: T, others: Partial<T>): T {
  return new Proxy(real, {
    get(target, key) {
      if (key in others) return Reflect.get(others, key) as unknown;
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function main(): Promise<void> {
  const asked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const settings = readAgentSettings(process.env);
  const logger = pino({ level: settings.logLevel });
  await checkPrograms();
  await using hostmount = await openHostmount({ path: settings.hostmount, node: settings.nodeName, logger });
  hostmount.lost.addEventListener('abort', () => process.exit(failed(hostmount.lost.reason)));
  const connection = await loadConnection({ ...(settings.kubeconfig && { kubeconfig: settings.kubeconfig }) });

  let updates = 0;
  let reserves = 0;
  let releases = 0;
  const { ledger } = hostmount;
  const lockedLedger = instead(ledger, {
    update: (change) => ledger.update(async (entries) => {
      if (updates++ === 0) pass('ledger-adopt');
      if (reserves > 0) pass('ledger-reserve');
      if (releases > 0) pass('ledger-release');
      return change(entries);
    }),
  });
  const parts = registerPcapper(container.createChildContainer(), { settings, hostmount: { ...hostmount, ledger: lockedLedger }, connection, logger });
  const replace = <T>(token: Token<T>, make: (real: T) => T) => parts.register(token, { useValue: make(parts.resolve(token)) });

  replace(TOKENS.AgentSettings, (real) => ({ ...real, ...QUICK }));
  replace(TOKENS.EngineSettings, (real) => ({ ...real, targetPatience: TARGET_PATIENCE }));
  replace(TOKENS.DiskGuard, (real) => instead(real, {
    reserve: async (ask, signal) => {
      const isArmed = ask.captureUid === armedUid;
      if (isArmed) reserves += 1;
      const reservation = await real.reserve(ask, signal);
      pass('reserved', isArmed);
      return instead(reservation, {
        [Symbol.asyncDispose]: () => {
          if (isArmed) releases += 1;
          return reservation[Symbol.asyncDispose]();
        },
      });
    },
  }));
  replace(TOKENS.CaptureDirectory, (real) => instead(real, {
    // The next after the interface is resolved, and the first that knows whose it is.
    createManifest: (manifest) => {
      pass('resolved', manifest.request.name === capture);
      return real.createManifest(manifest);
    },
  }));
  replace(TOKENS.TcpdumpRunner, (real) => instead(real, {
    start: async (spec, signal) => {
      const run = await real.start(spec, signal);
      const isArmed = spec.captureUid === armedUid;
      pass('spawned', isArmed);
      return instead(run, {
        stop: () => {
          pass('stopping', isArmed);
          return run.stop();
        },
      });
    },
  }));
  replace(TOKENS.ProgressSinks, ([status, ...others]) => status === undefined ? [] : [
    instead(status, {
      report: async (report) => {
        const isArmed = report.name === capture;
        const isEnd = report.progress === 'finished' || report.progress === 'failure';
        if (isArmed) armedUid = report.uid;
        if (report.progress === 'scheduled') pass('before-claim', isArmed);
        if (isEnd) pass('reporting', isArmed);
        await status.report(report);
        if (report.progress === 'scheduled') pass('claimed', isArmed);
        if (report.progress === 'running') pass('running', isArmed && report.packets.captured >= Number(leastPackets));
        if (isEnd) pass('reported', isArmed);
      },
    }),
    ...others,
  ]);

  using _client = parts.resolve(TOKENS.KubernetesClient);
  await using agent = parts.resolve(TOKENS.CaptureAgent);
  await using _health = await HealthServer.start({ address: settings.healthAddress, port: settings.healthPort, ready: () => agent.ready });
  await agent.start();
  logger.info('pcapper agent is at work');
  await asked;
  logger.info('pcapper agent ends; its captures are suspended');
}

function failed(error: unknown): number {
  process.stderr.write(`${CaptureError.is(error) ? `${error.code}: ${error.message}` : String((error as Error).stack)}\n`);
  return 1;
}

await main().catch((error: unknown) => {
  process.exitCode = failed(error);
});
