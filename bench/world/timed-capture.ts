import { CAPTURES } from '../../test/adapters/kubernetes/capture-api.ts';
import type { ApiConnection } from '../../test/harness/api-connection.ts';
import type { CaptureWatch } from './capture-watch.ts';

/** Whoever passes requests on to an API server as they are. */
export type Requests = Pick<ApiConnection, 'request' | 'openWatch'>;

/**
 * Milliseconds from the moment at which the create of a capture is sent to the one at which the watch, which has a
 * connection of its own, reads `running`. The capture has ended when this resolves.
 * @param captures path of the PacketCaptures of a namespace, as the watch was opened for. Default: the agents'.
 */
export async function createToRunning(
  api: Requests,
  watch: CaptureWatch,
  pod: { readonly namespace: string; readonly name: string },
  name: string,
  captures = CAPTURES,
): Promise<number> {
  const capture = {
    apiVersion: 'pcapper.io/v1alpha1',
    kind: 'PacketCapture',
    metadata: { name },
    spec: { targetNamespace: pod.namespace, targetPod: pod.name, maxFileSize: '1M', fileCount: 2 },
  };
  const begun = performance.now();
  const [created, { at }] = await Promise.all([api.request('POST', captures, capture), watch.reaches(name, 'running')]);
  if (created.status !== 201) throw new Error(`the create of ${name} was answered with ${created.status}`);
  const stopped = await api.request('PATCH', `${captures}/${name}`, { spec: { stop: true } }, { contentType: 'application/merge-patch+json' });
  if (stopped.status !== 200) throw new Error(`the stop of ${name} was answered with ${stopped.status}`);
  await watch.reaches(name, 'finished');
  return at - begun;
}
