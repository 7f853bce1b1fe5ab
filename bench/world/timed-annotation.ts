import type { LogTail } from './log-tail.ts';
import type { Requests } from './timed-capture.ts';

/**
 * Milliseconds from the moment at which the request that annotates a Pod is sent to the one at which the log of its node's
 * agent has been read to say that it captures. The annotation is removed, and nothing is left of the capture, when this resolves.
 * @param whileItRuns is called in between, once the time is taken
 */
export async function annotateToCapturing(api: Requests, log: LogTail, pod: { readonly namespace: string; readonly name: string }, whileItRuns: () => Promise<void>): Promise<number> {
  const capture = `${pod.namespace}.${pod.name}`;
  const annotate = async (value: string | null) => {
    const annotations = { 'pcapper.io/capture': value };
    const { status } = await api.request('PATCH', `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`, { metadata: { annotations } }, { contentType: 'application/merge-patch+json' });
    if (status !== 200) throw new Error(`the annotation of ${capture} was answered with ${status}`);
  };
  const says = (...progresses: readonly string[]) => log.next((line) => line['capture'] === capture && progresses.includes(String(line['progress'])));
  const begun = performance.now();
  const [{ line, at }] = await Promise.all([says('running', 'failure'), annotate('2')]);
  if (line['progress'] !== 'running') throw new Error(`${capture} failed: ${String(line['msg'])}`);
  await whileItRuns();
  await Promise.all([says('removed'), annotate(null)]);
  return at - begun;
}
