import { checkCapture } from './check-capture.ts';
import type { RunEvidence } from './evidence.ts';

/** All that is wrong with a run, a sentence each; none: it has held. */
export function checkRun(evidence: RunEvidence): string[] {
  const { leftovers, doubles, resurrections, overLimit, badExits } = evidence;
  return [
    ...evidence.captures.flatMap((capture) => checkCapture(capture).map((wrong) => `${capture.name} (${capture.uid}): ${wrong}`)),
    ...doubles.map(({ uid, at, pids }) => `${uid}: ${pids.length} tcpdumps at once (${pids.join(', ')}) at ${new Date(at).toISOString()}`),
    ...resurrections.map(({ uid, pid, at }) => `${uid}: tcpdump ${pid} was begun after the end, at ${new Date(at).toISOString()}`),
    ...overLimit.map(({ at, what }) => `disk limit broken at ${new Date(at).toISOString()}: ${what}`),
    ...badExits,
    ...leftovers.processes.map((process) => `left over: process ${process}`),
    ...leftovers.networkNamespaces.map((namespace) => `left over: network namespace ${namespace}`),
    ...leftovers.locks.map((lock) => `left over: lock ${lock}`),
    ...leftovers.files.map((file) => `left over: file ${file}`),
    ...leftovers.reservations.map((entry) => `left over: reservation ${entry}`),
    ...leftovers.descriptors.map((descriptor) => `left over: descriptor ${descriptor}`),
  ];
}
