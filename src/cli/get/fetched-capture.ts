import { API_VERSION, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import type { PacketCapture } from '../../api/v1alpha1/packet-capture.ts';
import { type CaptureProgress, isTerminal } from '../../core/capture-progress.ts';
import { isFileNamePart } from '../../core/file-names.ts';
import type { KubernetesClient } from '../../adapters/kubernetes/kubernetes-client.ts';
import { ApiStatusError } from '../../adapters/kubernetes/api-errors.ts';
import { CaptureNotFoundError, NoFilesError, NotInstalledError, StillRunningError } from './get-errors.ts';
import type { GetOptions } from './get-options.ts';

/** A capture whose files can be fetched, as its resource tells of it. */
export interface FetchedCapture {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly node: string;
  readonly progress: CaptureProgress;
  /** It has ended: its files do not change any more. */
  readonly ended: boolean;
  /** Why it ended. */
  readonly reason: string;
  /** By tcpdump's counters. */
  readonly captured: number;
  readonly dropped: number;
  readonly wrapped: boolean;
  readonly gaps: number;
}

/**
 * Reads the resource.
 * @throws CaptureNotFoundError, NotInstalledError; StillRunningError where that is not asked for; NoFilesError
 */
export async function readCapture(client: KubernetesClient, { name, namespace, soFar }: GetOptions, signal: AbortSignal): Promise<FetchedCapture> {
  const { metadata, status = {} } = await getResource(client, name, namespace, signal);
  const { progress, node } = status;
  if (progress === undefined || node === undefined || progress === 'scheduled') {
    throw noFiles(name, namespace, progress === undefined || node === undefined ? 'No node has taken' : `The node ${node} has not begun`, status.message);
  }
  const captured = count(status.packets?.captured);
  const ended = isTerminal(progress);
  if (!ended && !soFar) throw new StillRunningError(name, namespace, captured);
  if (ended && count(status.filesTotal?.count ?? status.files?.length) === 0) {
    throw new NoFilesError({ problem: `The capture ${name} has ended, and has no files.`, advice: `Its status says: ${status.message ?? status.reason ?? 'nothing'}` });
  }
  // It becomes a part of paths; the API server without our CRD's schema lets anything be written there.
  if (!isFileNamePart(node)) throw new NoFilesError({ problem: `The status of the capture ${name} names no proper node.`, advice: 'Somebody else has written it.' });
  return {
    name,
    namespace,
    uid: metadata.uid,
    node,
    progress,
    ended,
    reason: status.reason ?? '',
    captured,
    dropped: count(status.packets?.dropped),
    wrapped: status.wrapped === true,
    gaps: status.gaps?.length ?? 0,
  };
}

type Resource = Omit<PacketCapture, 'metadata'> & { readonly metadata: { readonly uid: string } };

async function getResource(client: KubernetesClient, name: string, namespace: string, signal: AbortSignal): Promise<Resource> {
  try {
    return await client.get<Resource>(`/apis/${API_VERSION}/namespaces/${namespace}/${PACKET_CAPTURE.plural}/${name}`, { signal });
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.statusCode !== 404) throw error;
    if (error.saysNotFound(name)) throw new CaptureNotFoundError(name, namespace, { cause: error });
    throw new NotInstalledError(client.server.origin, { cause: error });
  }
}

function noFiles(name: string, namespace: string, who: string, message = ''): NoFilesError {
  return new NoFilesError({
    problem: `${who} the capture ${name} yet, so that it has no files.${message && ` Its status says: ${message}`}`,
    advice: `Wait until it runs: kubectl -n ${namespace} wait pktcap/${name} --for=condition=Capturing`,
  });
}

function count(given: unknown): number {
  return typeof given === 'number' && given > 0 ? given : 0;
}
