import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { CommandFailedError } from '../../adapters/kubernetes/exec-errors.ts';
import { KubernetesClient } from '../../adapters/kubernetes/kubernetes-client.ts';
import type { KubernetesConnection } from '../../adapters/kubernetes/kubernetes-connection.ts';
import { PodExec } from '../../adapters/kubernetes/pod-exec.ts';
import { byFirstPacket, type MergePlan, planMerge, positionIn, type Unfit } from '../../adapters/pcap/merge-plan.ts';
import { PcapMerge } from '../../adapters/pcap/pcap-merge.ts';
import type { CaptureError } from '../../core/errors/capture-error.ts';
import { formatBytes } from '../../core/quantity.ts';
import { type Screen, writeLine } from '../screen.ts';
import { AgentPod } from './agent-pod.ts';
import { type CaptureFiles, listCaptureFiles, readHeads, type ReadOutput } from './capture-files.ts';
import { awaitCredentials } from './credentials.ts';
import { download } from './download.ts';
import { type FetchedCapture, readCapture } from './fetched-capture.ts';
import { readOutput } from './file-place.ts';
import { CommandLineError, FileChangedError, FilesDifferError, NoFilesError } from './get-errors.ts';
import type { GetOptions } from './get-options.ts';
import { explainRefusal } from './not-allowed.ts';
import type { Output } from './output.ts';
import { PartFile } from './part-file.ts';
import { Patience } from './patience.ts';
import { ProgressLine } from './progress-line.ts';
import { StdoutOutput } from './stdout-output.ts';
import { judge, type Verdict } from './verdict.ts';

/** Of a capture that runs: with 0, 1, 2, 4, 8 and 16 files of its ring left out. */
const MOST_TRIES = 6;

export interface GetSurroundings {
  readonly connect: (options: GetOptions) => Promise<KubernetesConnection>;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * Fetches a capture.
 * @throws CaptureError that says what is wrong, and the signal's reason
 */
export async function get(options: GetOptions, surroundings: GetSurroundings): Promise<Verdict> {
  const output = await openOutput(options, surroundings);
  try {
    return await fetchInto(output, options, surroundings);
  } catch (error) {
    await output[Symbol.asyncDispose]();
    if (output.leftBehind !== undefined) writeLine(surroundings.screen, output.leftBehind);
    throw explainRefusal(error);
  }
}

async function openOutput({ output, name, force }: GetOptions, { stdout, signal }: GetSurroundings): Promise<Output> {
  if (output !== '-') return PartFile.at(output, `${name}.pcap`, { force });
  if (stdout.isTTY) {
    throw new CommandLineError({ problem: 'A pcap file is nothing for a terminal.', advice: 'Name a file with -o, or pipe it: pcapper get … -o - | wireshark -k -i -' });
  }
  return new StdoutOutput(stdout, signal);
}

interface Fetching extends Pick<GetSurroundings, 'screen' | 'signal'> {
  readonly output: Output;
  readonly capture: FetchedCapture;
  readonly place: AgentPod;
}

async function fetchInto(output: Output, options: GetOptions, { connect, screen, signal }: GetSurroundings): Promise<Verdict> {
  const connection = await connect(options);
  await awaitCredentials(connection, signal);
  using client = new KubernetesClient(connection);
  const capture = await readCapture(client, options, signal);
  const place = await AgentPod.find(client, new PodExec(connection), capture, signal);
  const changed: string[] = [];
  for (let tries = 1; ; tries += 1) {
    try {
      return await fetchFiles({ output, capture, place, screen, signal }, changed);
    } catch (error) {
      if (capture.ended || tries === MOST_TRIES || !isOvertaken(error) || !(await output.discard())) throw error;
      if (error instanceof FileChangedError) changed.push(error.fileName);
      writeLine(screen, `${error.problem} Trying again.`);
    }
  }
}

/** A running capture went on meanwhile: its ring overwrote a file that was listed, or its next segment took one's room. */
function isOvertaken(error: unknown): error is CaptureError {
  return error instanceof FileChangedError || (error instanceof CommandFailedError && error.exitCode === 1);
}

/** @param changed names of files that changed in earlier tries */
async function fetchFiles({ output, capture, place, screen, signal }: Fetching, changed: readonly string[]): Promise<Verdict> {
  let tell = (text: string): void => writeLine(screen, text);
  const patience = new Patience({ sleep: (ms, until) => sleep(ms, undefined, { signal: until }), tell: (text) => tell(text), signal });
  const read: ReadOutput = (command) => readOutput(place, command, patience, signal);

  const listed = await listCaptureFiles(read, place, capture);
  const files = listed.growing ? withoutOldest(listed, changed) : listed;
  const plan = planOf(capture, files, place);
  // What grows is another file the next time.
  const begun = await output.begin(plan, files.growing ? undefined : capture.uid);
  const bytes = begun?.bytes ?? plan.header.length;
  if (begun) tell(`${formatBytes(bytes)} of ${formatBytes(plan.bytes)} are there already.`);
  const merge = new PcapMerge(plan, positionIn(plan, bytes, begun?.taken));
  for (const [name, taken] of begun?.taken ?? []) merge.taken.set(name, taken);

  const progress = new ProgressLine({ screen, label: capture.name, total: plan.bytes, begun: bytes });
  tell = (text) => progress.tell(text);
  let came = 0;
  const arrived = (more: number) => {
    came += more;
    progress.arrived(more);
  };
  try {
    await download({ place, plan, merge, output, patience, growing: files.growing, signal, arrived });
    if (files.growing) await verifyUnchanged(read, place, plan);
    await output.finish();
  } finally {
    progress.clear();
    if (signal.aborted) tell(`Interrupted at ${progress.percent} %.`);
  }
  return judge(capture, {
    output: output.name,
    packets: (begun?.packets ?? 0) + merge.packets,
    bytes: bytes + came,
    files: plan.files.length,
    missing: files.missing,
    leftOut: listed.segments.flat().length - files.segments.flat().length,
    cut: merge.taken.size,
    growing: files.growing,
  });
}

/** The ring that is written is that of the last segment: each time that it was faster, twice as many of its files are left to it. */
function withoutOldest(files: CaptureFiles, changed: readonly string[]): CaptureFiles {
  const ring = (files.segments.at(-1) ?? []).toSorted(byFirstPacket);
  const times = changed.filter((name) => ring.some((file) => file.name === name)).length;
  const count = times === 0 ? 0 : 2 ** (times - 1);
  return { ...files, segments: [...files.segments.slice(0, -1), ring.slice(Math.min(count, Math.max(0, ring.length - 1)))] };
}

function planOf({ name, namespace, node }: FetchedCapture, { segments }: CaptureFiles, { directory, pod }: AgentPod): MergePlan {
  const plan = planMerge(segments);
  if (!('unfit' in plan)) return plan;
  if (plan.unfit.length === 0) {
    throw new NoFilesError({ problem: `There is no file of the capture ${name} with a packet in it on the node ${node} (yet).`, advice: `See kubectl -n ${namespace} get pktcap ${name} -o yaml` });
  }
  const names = segments.flat().map((file) => file.name);
  throw new FilesDifferError(plan.unfit.map(describe), names.map((file) => `kubectl -n ${namespace} cp ${pod}:${directory}/${file} ${file}`));
}

function describe({ name, reason, expected, found }: Unfit): string {
  switch (reason) {
    case 'no pcap file':
      return `${name} is no pcap file.`;
    case 'another link type':
      return `${name} has the link type ${found?.linkType ?? '?'}, the files before it ${expected?.linkType ?? '?'} (see tcpdump.org/linktypes.html).`;
    case 'another format of times':
      return `${name} writes its times in another way than the files before it.`;
  }
}

/** A ring that wraps overwrites what was listed; what was read of it then is of two times. */
async function verifyUnchanged(read: ReadOutput, place: { readonly directory: string }, plan: MergePlan): Promise<void> {
  const heads = await readHeads(read, place, plan.files, true);
  for (const { name, head } of plan.files) {
    if (heads.get(name)?.equals(head) !== true) throw new FileChangedError(name, 'was overwritten', true);
  }
}
