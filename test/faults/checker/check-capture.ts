import type { CaptureEvidence, SeenStatus } from './evidence.ts';
import { servedUntil, ToldLoss } from './loss.ts';
import { numberedPackets } from './numbered-packet.ts';
import { type PcapFile, readPcap } from './pcap.ts';

const REASON_OF: Readonly<Record<CaptureEvidence['asked']['end'], string>> = {
  stop: 'Stopped',
  deletion: 'Stopped',
  time: 'TimeLimit',
  packets: 'PacketLimit',
};

/** All that is wrong with what became of one resource, a sentence each. */
export function checkCapture(capture: CaptureEvidence): string[] {
  const { asked, files, afterDeletion } = capture;
  const wrong = checkHistory(capture);
  if (afterDeletion && !asked.retainFiles && afterDeletion.length > 0) wrong.push(`deleted, and its files are still there: ${afterDeletion.join(', ')}`);
  const status = capture.history.at(-1)?.status;
  if (files === undefined) return wrong;
  const read = new Map([...files].map(([name, bytes]) => [name, readPcap(bytes)]));
  for (const [name, { fault }] of read) if (fault !== undefined) wrong.push(`file ${name} does not parse: it has ${fault}`);
  wrong.push(...checkBudget(capture, files), ...checkDoubles(capture, read));
  if (status?.progress !== 'finished' && status?.progress !== 'failure') {
    if (asked.end !== 'deletion') return [...wrong, `not ended: progress is ${status?.progress ?? 'none'}, ${status?.message ?? 'without a message'}`];
    return [...wrong, ...checkRetained(capture, read)];
  }
  const ended = { ...capture, asked: { ...asked, end: asked.endedBefore ?? asked.end } };
  return [...wrong, ...checkReason(ended, status), ...checkFiles(ended, status, files, read), ...checkPackets(ended, status, read)];
}

/** What has ended stays as it is; what runs does not go back; who has it does not change. */
function checkHistory({ history }: CaptureEvidence): string[] {
  const order = [undefined, 'scheduled', 'running', 'finished', 'failure'];
  const wrong: string[] = [];
  for (const [index, { status }] of history.entries()) {
    const before = history[index - 1]?.status;
    if (!order.includes(status.progress)) wrong.push(`progress ${status.progress ?? ''} is none`);
    if (before === undefined) continue;
    const hasEnded = before.progress === 'finished' || before.progress === 'failure';
    const rank = (progress: string | undefined) => Math.min(order.indexOf(progress), 3);
    if (hasEnded && (status.progress !== before.progress || status.reason !== before.reason)) {
      wrong.push(`ended as ${before.progress} (${before.reason ?? ''}), then ${status.progress ?? 'none'} (${status.reason ?? ''})`);
    } else if (rank(status.progress) < rank(before.progress) && before.progress !== 'scheduled') {
      wrong.push(`was ${before.progress ?? 'none'}, then ${status.progress ?? 'none'}`);
    }
    if (before.progress === 'running' && status.node !== before.node) wrong.push(`node ${before.node ?? ''} had it, then ${status.node ?? 'none'}`);
  }
  return wrong;
}

function checkReason({ asked, runningAt, believable: { partial, failures, finishes } }: CaptureEvidence, status: SeenStatus): string[] {
  const { progress, reason = '', gaps = [], message = '', conditions = [] } = status;
  const wrong: string[] = [];
  const says = `${progress ?? ''} (${reason}): ${message}`;
  const allowed =
    progress === 'failure' ? failures : [REASON_OF[asked.end], ...(asked.stopToo ? ['Stopped'] : []), ...finishes, ...(partial ? ['Partial'] : [])];
  if (!allowed.includes(reason)) wrong.push(`is ${says} – true would be ${allowed.length > 0 ? allowed.join(', ') : 'finished'}`);
  const condition = (type: string) => conditions.find((candidate) => candidate.type === type)?.status;
  if (condition('Complete') !== (progress === 'finished' ? 'True' : 'False')) wrong.push(`condition Complete is ${condition('Complete') ?? 'missing'} of one that is ${says}`);
  if (condition('Capturing') !== 'False') wrong.push(`condition Capturing is ${condition('Capturing') ?? 'missing'} of one that has ended`);
  const isWhole = progress === 'finished' && reason !== 'Partial';
  if (isWhole && gaps.length > 0) wrong.push(`has gaps, and its reason is ${reason}`);
  const tellsLack = gaps.length > 0 || /may be missing|is not known|is missing|files hold/.test(message);
  if (reason === 'Partial' && !tellsLack) wrong.push(`is Partial and does not say what is missing: ${message}`);
  if (gaps.length > 0 && condition('Lossless') === 'True') wrong.push('has gaps, and its condition Lossless is True');
  if (message === '') wrong.push('has no message');
  if (status.startTime === undefined && runningAt !== undefined) wrong.push('was running, and has no startTime');
  if (status.completionTime === undefined) wrong.push('has ended, and has no completionTime');
  for (const { from, to, reason: why } of gaps) {
    if (!(Date.parse(from) <= Date.parse(to)) || why === '') wrong.push(`has a gap from ${from} to ${to} because of "${why}"`);
  }
  return wrong;
}

/** The listed files are those that there are, with their sizes, and hold as many packets as the counters say. */
function checkFiles(capture: CaptureEvidence, status: SeenStatus, files: ReadonlyMap<string, Uint8Array>, read: ReadonlyMap<string, PcapFile>): string[] {
  const wrong: string[] = [];
  const { files: listed = [], packets, wrapped = false } = status;
  for (const { name, bytes } of listed) {
    const file = files.get(name);
    if (file === undefined) wrong.push(`lists ${name}, which does not exist`);
    else if (file.length !== bytes) wrong.push(`lists ${name} with ${bytes} bytes; it has ${file.length}`);
  }
  const unlisted = [...files.keys()].filter((name) => !listed.some((file) => file.name === name));
  if (unlisted.length > 0) wrong.push(`does not list ${unlisted.join(', ')}`);
  const held = [...read.values()].reduce((sum, file) => sum + file.packets.length, 0);
  const captured = packets?.captured ?? 0;
  const told = /files hold (\d+)/.exec(status.message ?? '')?.[1];
  if (held > captured) wrong.push(`its files hold ${held} packets, its counters say ${captured}`);
  if (held < captured && !wrapped && Number(told) !== held) wrong.push(`its counters say ${captured} packets, its files hold ${held}, and nothing says why`);
  const { maxPackets } = capture.asked;
  if (maxPackets !== undefined && captured > maxPackets) wrong.push(`captured ${captured} packets of at most ${maxPackets}`);
  if (status.reason === 'PacketLimit' && captured !== maxPackets) wrong.push(`ended by PacketLimit with ${captured} packets of ${maxPackets ?? 'none'}`);
  return wrong;
}

/**
 * Bytes on disk stay within what is reserved (docs/decisions/002): the ring, whose files overshoot by one packet each, or where
 * that is tiny room for two of the smallest rings (two files of 1 MB), since a further segment must not push out the first.
 */
function checkBudget({ asked: { fileBytes, fileCount, snapLength } }: CaptureEvidence, files: ReadonlyMap<string, Uint8Array>): string[] {
  const overshoot = snapLength + 16 + 24;
  const most = Math.max(fileCount * (fileBytes + overshoot), 2 * Math.min(fileCount, 2) * (1_000_000 + overshoot));
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
  return bytes > most ? [`occupies ${bytes} bytes of at most ${most}`] : [];
}

function checkDoubles({ sender }: CaptureEvidence, read: ReadonlyMap<string, PcapFile>): string[] {
  const seen = new Map<number, string>();
  const wrong: string[] = [];
  for (const [name, file] of read) {
    for (const { sender: from, number } of numberedPackets(file)) {
      if (from !== sender) continue;
      const before = seen.get(number);
      if (before !== undefined) wrong.push(`packet ${number} is there twice, in ${before} and ${name}`);
      seen.set(number, name);
    }
  }
  return wrong.length > 5 ? [...wrong.slice(0, 5), `… ${wrong.length - 5} more packets are there twice`] : wrong;
}

/** Deleted while it was captured: nobody is left to tell a loss, so there must be none, unless the ring can have wrapped. */
function checkRetained(capture: CaptureEvidence, read: ReadonlyMap<string, PcapFile>): string[] {
  const { asked, believable, history } = capture;
  const mayLack = believable.partial || asked.maxPackets !== undefined || read.size >= asked.fileCount;
  const { startTime } = history.at(-1)?.status ?? {};
  return mayLack || startTime === undefined ? [] : checkPackets(capture, { startTime }, read);
}

/** What was sent while it was said to run is there, unless the status tells that it is missing. */
function checkPackets(capture: CaptureEvidence, status: SeenStatus, read: ReadonlyMap<string, PcapFile>): string[] {
  const { sender, sent, runningAt, asked, believable } = capture;
  if (runningAt === undefined) return [];
  const numbered = [...read.values()].flatMap(numberedPackets).filter((packet) => packet.sender === sender);
  const held = new Set(numbered.map(({ number }) => number));
  const loss = new ToldLoss(status, believable);
  const until = asked.end === 'packets' ? Math.max(...numbered.map(({ at }) => at), 0) : servedUntil(capture, status, believable);
  const due = sent.filter(({ before, after }) => before >= runningAt && after <= until);
  const missing = due.filter((packet) => !held.has(packet.number) && !loss.tells(packet));
  if (missing.length <= loss.anywhere) return [];
  const [first, last] = [missing[0], missing.at(-1)];
  return [
    `${missing.length} of ${due.length} packets are missing, and nothing says so: number ${first?.number ?? 0} (${time(first?.before)}) to ${last?.number ?? 0} (${time(last?.after)})`,
  ];
}

function time(ms = 0): string {
  return new Date(ms).toISOString();
}
