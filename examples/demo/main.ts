// Two Pods, one PacketCapture, and a pcap file that holds exactly what was sent. No cluster is needed.
import { CaptureError } from 'pcapper';
import { BUDGET, LOG_FILE, startAgent } from './agent.ts';
import { NODE, startCluster } from './cluster.ts';
import { type DemoOptions, HELP, parseCommandLine } from './command-line.ts';
import { DemoError } from './demo-error.ts';
import { FollowedCapture } from './followed-capture.ts';
import { Interrupted, interruption } from './interruption.ts';
import { makeOutputFolder } from './output-folder.ts';
import { DemoPodResolver } from './pods/demo-pod-resolver.ts';
import { JoinedPods } from './pods/joined-pods.ts';
import { bringUpLoopback, isRoot, mayMakePods, runInUserNamespace } from './privileges.ts';
import { differences, jsonReport, makeReport, type Report, showReport } from './report.ts';
import { Screen } from './screen.ts';
import { PLAN, sendTraffic, startServer, TCP_PORT } from './traffic.ts';

const FILTER = `icmp or tcp port ${TCP_PORT}`;

async function demo(screen: Screen, interrupted: AbortSignal): Promise<Report> {
  await using cluster = await startCluster();
  screen.line(`Kubernetes API   ${cluster.url}, embedded in this process, with our resources`);

  await using pods = await JoinedPods.start(cluster.client);
  await startServer(pods.server);
  screen.line(`Pods             ${[pods.client, pods.server].map(({ name, address }) => `${name} ${address}`).join(' and ')}, network namespaces joined by a veth pair`);

  const folder = await makeOutputFolder();
  const resolver = pods.cgroups === undefined ? new DemoPodResolver([pods.client, pods.server]) : undefined;
  await using _agent = await startAgent({ connection: cluster.connection, folder, resolver });
  screen.line(`Agent            ${NODE}, may write ${BUDGET} to ${folder} (log: ${LOG_FILE})`);
  screen.line(
    resolver
      ? `                 No cgroups (${pods.cgroupProblem ?? ''}), so the library's resolver could not find the Pods:\n                 the demo registers one of its own for TOKENS.InterfaceResolver.`
      : `                 finds the Pods by their cgroups, ${pods.cgroups ?? ''}/kubepods/…`,
  );

  screen.line();
  screen.line(`PacketCapture    Pod default/client, captureFilter "${FILTER}"`);
  const spec = { targetNamespace: 'default', targetPod: 'client', captureFilter: FILTER, maxFileSize: '8M', fileCount: 2, captureSeconds: 120 };
  using capture = await FollowedCapture.create(cluster.client, 'demo', spec);
  const { status } = await capture.reaches('running', interrupted);
  const createToRunningMs = capture.createToRunningMs ?? Number.NaN;
  screen.line(`                 running on ${status?.interface ?? '?'}, ${Math.round(createToRunningMs)} ms after it was created`);

  const sent = await sendTraffic(pods, (done) => showProgress(screen, done, capture), interrupted);
  screen.line('                 spec.stop: true');
  await capture.stop();
  const finished = await capture.reaches('finished', interrupted);
  screen.line(`                 ${finished.status?.progress ?? ''}, ${finished.status?.reason ?? ''}: ${finished.status?.message ?? ''}`);
  return await makeReport(finished, folder, sent, createToRunningMs);
}

function showProgress(screen: Screen, done: { readonly [K in keyof typeof PLAN]: number }, { latest }: FollowedCapture): void {
  const sum = ({ pings, exchanges, datagrams }: typeof done) => pings + exchanges + datagrams;
  const { captured, dropped } = latest.status?.packets ?? { captured: 0, dropped: 0 };
  screen.progress(
    sum(done) / sum(PLAN),
    `pings ${done.pings}/${PLAN.pings} · TCP ${done.exchanges}/${PLAN.exchanges} · UDP ${done.datagrams}/${PLAN.datagrams} · ${captured} in status${dropped > 0 ? `, ${dropped} dropped` : ''}`,
  );
}

/** @returns the exit code */
async function main({ json }: DemoOptions): Promise<number> {
  if (!mayMakePods()) return await runInUserNamespace();
  if (!isRoot) await bringUpLoopback();
  const interrupted = interruption();
  using screen = new Screen(json ? process.stderr : process.stdout);
  try {
    const report = await demo(screen, interrupted);
    showReport(screen, report);
    if (json) process.stdout.write(`${jsonReport(report)}\n`);
    return differences(report).length === 0 ? 0 : 1;
  } catch (error) {
    if (!interrupted.aborted) throw error;
    const { message, exitCode } = interrupted.reason as Interrupted;
    screen.line(`${message} Everything that the demo had started has ended; files stay in captures/.`);
    return exitCode;
  }
}

// Ordinary users' PATH on Debian lacks where `ip` is.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
try {
  const options = parseCommandLine(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else process.exitCode = await main(options);
} catch (error) {
  const isKnown = error instanceof DemoError || CaptureError.is(error);
  process.stderr.write(`${isKnown ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = error instanceof DemoError ? error.exitCode : 1;
}
