import { type GrpcCall, grpcCall, GrpcStatusError } from './grpc-call.ts';
import { encodeMessage, ProtoMessage } from './proto-message.ts';

// Numbers of fields: kubernetes/cri-api, pkg/apis/runtime/v1/api.proto.
const LIST_FILTER = 1;
const FILTER_LABEL_SELECTOR = 3;
const MAP_KEY = 1;
const MAP_VALUE = 2;
const LISTED_ITEMS = 1;
const ITEM = { id: 1, metadata: 2, state: 3, createdAt: 4 } as const;
const METADATA_UID = 2;
const STATUS_REQUEST = { id: 1, verbose: 2 } as const;
const STATUS_RESPONSE = { status: 1, info: 2 } as const;
const STATUS_STATE = 3;
const SANDBOX_READY = 0n;

const NOT_FOUND = '5';

/** The label that the kubelet puts on sandboxes (k8s.io/kubernetes/pkg/kubelet/types, KubernetesPodUIDLabel). */
const POD_UID_LABEL = 'io.kubernetes.pod.uid';

/** The most that one answer may have. Bytes. */
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

/** Where a runtime listens, and how long it is waited for. */
export type Runtime = Pick<GrpcCall, 'socket' | 'timeout'>;

/** The ids of the ready sandboxes of the Pod that the kubelet gave that uid, the newest first. */
export async function readySandboxes(runtime: Runtime, podUid: string, signal?: AbortSignal): Promise<readonly string[]> {
  const label = encodeMessage({ [MAP_KEY]: POD_UID_LABEL, [MAP_VALUE]: podUid });
  const request = encodeMessage({ [LIST_FILTER]: encodeMessage({ [FILTER_LABEL_SELECTOR]: label }) });
  const answer = await call(runtime, 'ListPodSandbox', request, signal);
  const sandboxes = answer.messages(LISTED_ITEMS).map(sandboxOf);
  const ready = sandboxes.filter(({ uid, isReady }) => uid === podUid && isReady);
  return ready.toSorted((a, b) => Number(b.createdAt - a.createdAt)).map(({ id }) => id);
}

/** The process of a sandbox; `undefined` when the sandbox is gone or not ready, or has none. */
export async function sandboxPid(runtime: Runtime, sandbox: string, signal?: AbortSignal): Promise<number | undefined> {
  const request = encodeMessage({ [STATUS_REQUEST.id]: sandbox, [STATUS_REQUEST.verbose]: true });
  try {
    return pidOf(await call(runtime, 'PodSandboxStatus', request, signal));
  } catch (error) {
    if (error instanceof GrpcStatusError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

async function call(runtime: Runtime, method: string, request: Uint8Array, signal?: AbortSignal): Promise<ProtoMessage> {
  const path = `/runtime.v1.RuntimeService/${method}`;
  return new ProtoMessage(await grpcCall({ ...runtime, method: path, request, maxAnswerBytes: MAX_ANSWER_BYTES }, signal));
}

function sandboxOf(item: ProtoMessage) {
  return {
    id: item.text(ITEM.id),
    uid: item.message(ITEM.metadata).text(METADATA_UID),
    isReady: item.integer(ITEM.state) === SANDBOX_READY,
    createdAt: item.integer(ITEM.createdAt),
  };
}

function pidOf(answer: ProtoMessage): number | undefined {
  if (answer.message(STATUS_RESPONSE.status).integer(STATUS_STATE) !== SANDBOX_READY) return undefined;
  const info = answer.messages(STATUS_RESPONSE.info).find((entry) => entry.text(MAP_KEY) === 'info')?.text(MAP_VALUE) ?? '{}';
  const pid = (JSON.parse(info) as { readonly pid?: unknown } | null)?.pid;
  return Number.isSafeInteger(pid) && (pid as number) > 0 ? (pid as number) : undefined;
}
