import { ApiConnectionError, ApiStatusError } from './api-errors.ts';
import { tryParse } from './api-refusal.ts';
import { CommandFailedError, ExecCutError } from './exec-errors.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';
import type { KubernetesStatus } from './kubernetes-object.ts';
import { WebSocket } from './web-socket.ts';

/** As kubectl asks for them (k8s.io/apimachinery/pkg/util/remotecommand). Of the newer one, only that stdin may end is new. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;
/** First byte of each message. */
const CHANNEL = { stdout: 1, stderr: 2, status: 3 } as const;
const MOST_STDERR_BYTES = 4096;
const MOST_STATUS_BYTES = 65_536;

/** Which container of which Pod. */
export interface PodContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface PodExecTimes {
  /** Time for the connection to be made. Milliseconds. Default: 30,000. */
  readonly patience?: number;
  /** A connection over which nothing comes for so long is given up. Milliseconds. Default: 60,000. */
  readonly longestSilence?: number;
}

/** Runs commands in containers through the API server, as `kubectl exec` does. Needs the right to `get` and `create` pods/exec. */
export class PodExec {
  readonly #connection: KubernetesConnection;
  readonly #times: Required<PodExecTimes>;

  constructor(connection: KubernetesConnection, { patience = 30_000, longestSilence = 60_000 }: PodExecTimes = {}) {
    this.#connection = connection;
    this.#times = { patience, longestSilence };
  }

  /**
   * What the command writes to stdout, in pieces as it comes. Who reads slowly slows the command down; who leaves the loop
   * ends it.
   * @throws CommandFailedError when the command ends with another exit code than 0
   * @throws ExecCutError when the connection ends before the command
   * @throws ApiStatusError, ApiConnectionError when it does not come to a connection
   */
  async *run({ namespace, pod, container }: PodContainer, command: readonly string[], signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const url = new URL(this.#connection.server);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/namespaces/${namespace}/pods/${pod}/exec`;
    for (const [name, value] of Object.entries({ container, stdout: 'true', stderr: 'true' })) url.searchParams.append(name, value);
    for (const word of command) url.searchParams.append('command', word);
    using socket = await this.#open(url, signal);
    const stderr = new Collected(MOST_STDERR_BYTES);
    const status = new Collected(MOST_STATUS_BYTES);
    let channel: number | undefined;
    let ended = false;
    try {
      for await (const { payload, begins, ends, final } of socket.pieces(signal)) {
        let data = payload;
        if (begins && channel === undefined && data.length > 0) {
          channel = data[0];
          data = data.subarray(1);
        }
        if (data.length > 0) {
          if (channel === CHANNEL.stdout) yield data;
          else if (channel === CHANNEL.stderr) stderr.add(data);
          else if (channel === CHANNEL.status) status.add(data);
        }
        if (!ends || !final) continue;
        // A kubelet begins with an empty message on a channel, to say that it is there.
        ended = channel === CHANNEL.status && status.text !== '';
        channel = undefined;
        if (ended) break;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw new ExecCutError(pod, error);
    }
    signal?.throwIfAborted();
    if (!ended) throw new ExecCutError(pod, undefined, stderr.text);
    judge({ namespace, pod }, command, status.text, stderr.text);
  }

  async #open(url: URL, signal: AbortSignal | undefined): Promise<WebSocket> {
    try {
      return await WebSocket.open(this.#connection, url, { protocols: PROTOCOLS, ...this.#times, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ApiStatusError) throw error;
      throw new ApiConnectionError({ method: 'CONNECT', path: url.pathname }, this.#connection.server, error);
    }
  }
}

/** `v1 Status` on its own channel: how the command ended (KEP-4006, "remote command v4"). */
function judge(place: Pick<PodContainer, 'namespace' | 'pod'>, command: readonly string[], statusText: string, stderr: string): void {
  const status = tryParse(statusText) as KubernetesStatus & { readonly status?: string } | undefined;
  if (status?.status === 'Success') return;
  const exitCode = status?.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (exitCode === undefined) throw new ExecCutError(place.pod, undefined, status?.message ?? statusText);
  throw new CommandFailedError(place, command, Number(exitCode), stderr.trim());
}

/** The first bytes of something. */
class Collected {
  readonly #most: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(most: number) {
    this.#most = most;
  }

  add(data: Buffer): void {
    if (this.#bytes.length < this.#most) this.#bytes = Buffer.concat([this.#bytes, data.subarray(0, this.#most - this.#bytes.length)]);
  }

  get text(): string {
    return this.#bytes.toString('utf8');
  }
}
