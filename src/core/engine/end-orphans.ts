import type { ProcessIdentity, TcpdumpRunner } from '../tcpdump-runner.ts';

/** Ends what an earlier agent left running of a capture. @returns what that was */
export async function endOrphans(runner: TcpdumpRunner, captureUid: string): Promise<readonly ProcessIdentity[]> {
  const orphans = await runner.findProcesses(captureUid);
  await Promise.all(orphans.map((orphan) => runner.endProcess(orphan)));
  return orphans;
}
