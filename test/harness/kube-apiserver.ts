import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiConnection, type ApiRequestOptions, type ApiResponse, type ApiWatchEvent } from './api-connection.ts';
import { CertificateAuthority } from './certificate-authority.ts';
import { kubeApiserverBinary } from './kube-apiserver-binary.ts';
import { isStopped } from './is-stopped.ts';
import { kubeconfigOf } from './kubeconfig.ts';

const READY_WITHIN_MS = 90_000;
/** A process that they end runs no exit handlers. */
const DEADLY = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * A real kube-apiserver with an etcd of its own, RBAC on, on free loopback ports and in a temporary folder. It needs no
 * privilege. There is no controller manager: namespaces that are deleted stay Terminating, owned objects are not
 * collected, and Pods are accepted without a ServiceAccount.
 */
export class KubeApiserver implements AsyncDisposable {
  readonly url: string;
  /** Path of the CA certificate, PEM. */
  readonly caFile: string;
  /** Path of a kubeconfig of a cluster administrator. */
  readonly kubeconfig: string;
  readonly #folder: string;
  readonly #ca: CertificateAuthority;
  readonly #etcd: ChildProcess;
  readonly #etcdUrl: string;
  readonly #argv: readonly string[];
  readonly #connection: ApiConnection;
  readonly #killAtExit: () => void;
  readonly #killAtSignal: (signal: NodeJS.Signals) => void;
  #apiserver: ChildProcess | undefined;
  #kubeconfigs = 0;

  /** @throws Error with the end of the server's log when it does not become ready. */
  static async start(): Promise<KubeApiserver> {
    // A port that is free when it is looked for may be taken a moment later.
    for (let tries = 1; ; tries += 1) {
      try {
        return await KubeApiserver.#startOnce();
      } catch (error) {
        if (tries === 3) throw error;
      }
    }
  }

  static async #startOnce(): Promise<KubeApiserver> {
    const folder = await mkdtemp(join(tmpdir(), 'pcapper-kube-apiserver-'));
    let etcd: ChildProcess | undefined;
    let server: KubeApiserver | undefined;
    try {
      const [port, clientPort, peerPort] = await Promise.all([freePort(), freePort(), freePort()]);
      const ca = await CertificateAuthority.create(folder);
      const serving = await ca.issue('apiserver', { commonName: 'kube-apiserver', alternativeNames: ['IP:127.0.0.1', 'DNS:localhost'] });
      const admin = await ca.issue('admin', { commonName: 'admin', organizations: ['system:masters'] });
      const serviceAccounts = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const serviceAccountKey = join(folder, 'service-accounts.key');
      await writeFile(serviceAccountKey, serviceAccounts.privateKey.export({ type: 'sec1', format: 'pem' }));
      const client = `http://127.0.0.1:${clientPort}`;
      const peer = `http://127.0.0.1:${peerPort}`;
      etcd = run(
        '/usr/bin/etcd',
        [
          `--data-dir=${join(folder, 'etcd')}`,
          `--listen-client-urls=${client}`,
          `--advertise-client-urls=${client}`,
          `--listen-peer-urls=${peer}`,
          `--initial-advertise-peer-urls=${peer}`,
          `--initial-cluster=default=${peer}`,
          '--unsafe-no-fsync',
        ],
        join(folder, 'etcd.log'),
      );
      server = new KubeApiserver({
        folder,
        ca,
        etcd,
        etcdUrl: client,
        url: `https://127.0.0.1:${port}`,
        admin,
        argv: [
          `--etcd-servers=${client}`,
          '--bind-address=127.0.0.1',
          '--advertise-address=127.0.0.1',
          // A loopback address is no valid endpoint of the kubernetes Service.
          '--endpoint-reconciler-type=none',
          `--secure-port=${port}`,
          `--client-ca-file=${ca.certificateFile}`,
          `--tls-cert-file=${serving.certificateFile}`,
          `--tls-private-key-file=${serving.keyFile}`,
          '--service-account-issuer=https://kubernetes.default.svc',
          `--service-account-key-file=${serviceAccountKey}`,
          `--service-account-signing-key-file=${serviceAccountKey}`,
          '--service-cluster-ip-range=10.96.0.0/16',
          '--authorization-mode=RBAC',
          '--disable-admission-plugins=ServiceAccount',
          '--allow-privileged=true',
        ],
      });
      await server.#launch();
      await writeFile(server.kubeconfig, kubeconfigOf(server, { 'client-certificate': admin.certificateFile, 'client-key': admin.keyFile }));
      return server;
    } catch (error) {
      if (server === undefined) {
        etcd?.kill('SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      } else {
        await server[Symbol.asyncDispose]();
      }
      throw error;
    }
  }

  private constructor(parts: {
    folder: string;
    ca: CertificateAuthority;
    etcd: ChildProcess;
    etcdUrl: string;
    url: string;
    admin: { certificateFile: string; keyFile: string };
    argv: readonly string[];
  }) {
    this.#folder = parts.folder;
    this.#ca = parts.ca;
    this.#etcd = parts.etcd;
    this.#etcdUrl = parts.etcdUrl;
    this.#argv = parts.argv;
    this.url = parts.url;
    this.caFile = parts.ca.certificateFile;
    this.kubeconfig = join(parts.folder, 'admin.kubeconfig');
    this.#connection = new ApiConnection(parts.url, {
      ca: readFileSync(parts.ca.certificateFile, 'utf8'),
      cert: readFileSync(parts.admin.certificateFile, 'utf8'),
      key: readFileSync(parts.admin.keyFile, 'utf8'),
    });
    this.#killAtExit = () => {
      this.#apiserver?.kill('SIGKILL');
      this.#etcd.kill('SIGKILL');
      rmSync(this.#folder, { recursive: true, force: true });
    };
    this.#killAtSignal = (signal) => {
      this.#killAtExit();
      process.kill(process.pid, signal);
    };
    process.once('exit', this.#killAtExit);
    for (const signal of DEADLY) process.once(signal, this.#killAtSignal);
  }

  /** A request as the administrator. */
  request(method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<ApiResponse> {
    return this.#connection.request(method, path, body, options);
  }

  /** The events of a watch as the administrator. */
  watch(path: string, options?: ApiRequestOptions): AsyncGenerator<ApiWatchEvent, void, undefined> {
    return this.#connection.watch(path, options);
  }

  /** As {@link KubeApiserver.watch}; resolves when the server has accepted the watch. */
  openWatch(path: string, options?: ApiRequestOptions): Promise<AsyncGenerator<ApiWatchEvent, void, undefined>> {
    return this.#connection.openWatch(path, options);
  }

  /** Path of a kubeconfig of that user, by client certificate. Without a role the user may do next to nothing. */
  async kubeconfigFor(user: string, groups: readonly string[] = []): Promise<string> {
    const name = `user-${++this.#kubeconfigs}`;
    const issued = await this.#ca.issue(name, { commonName: user, organizations: groups });
    const path = join(this.#folder, `${name}.kubeconfig`);
    await writeFile(path, kubeconfigOf(this, { 'client-certificate': issued.certificateFile, 'client-key': issued.keyFile }));
    return path;
  }

  /** Path of a kubeconfig of that ServiceAccount, by token. The ServiceAccount is made where it is missing. */
  async kubeconfigForServiceAccount(namespace: string, name: string): Promise<string> {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    const created = await this.request('POST', accounts, { metadata: { name } });
    if (created.status !== 201 && created.status !== 409) throw new Error(`${accounts}: ${JSON.stringify(created.body)}`);
    const token = await this.request('POST', `${accounts}/${name}/token`, { spec: { expirationSeconds: 86_400 } });
    if (token.status !== 201) throw new Error(`${accounts}/${name}/token: ${JSON.stringify(token.body)}`);
    const path = join(this.#folder, `account-${++this.#kubeconfigs}.kubeconfig`);
    await writeFile(path, kubeconfigOf(this, { token: (token.body as { status: { token: string } }).status.token }));
    return path;
  }

  /** Ends the kube-apiserver at once, as a crash does; etcd keeps the objects. */
  async stop(): Promise<void> {
    const apiserver = this.#apiserver;
    if (apiserver === undefined) return;
    await kill(apiserver);
    this.#apiserver = undefined;
  }

  /** Starts it again, at the same URL, after {@link KubeApiserver.stop} or in place of a running one. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#launch();
  }

  /** Lets it and its etcd forget every version but the present one, so that older ones are 410. It restarts. */
  async expireHistory(): Promise<void> {
    await this.stop();
    // The gateway of etcd's gRPC API; 64-bit numbers are strings in it (etcd documentation, "gRPC gateway").
    const call = async (path: string, body: object) => (await fetch(`${this.#etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
    const { header } = (await call('range', { key: 'AA==' })) as { header: { revision: string } };
    await call('compaction', { revision: header.revision, physical: true });
    await this.#launch();
  }

  /** Lets it fall silent: connections stay open and are accepted, nothing is answered. */
  async pause(): Promise<void> {
    const { pid } = this.#apiserver ?? {};
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    // On a busy machine its threads may still answer for a while.
    while (!isStopped(pid)) await sleep(10);
  }

  resume(): void {
    this.#apiserver?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#killAtExit);
    for (const signal of DEADLY) process.off(signal, this.#killAtSignal);
    this.#connection[Symbol.dispose]();
    await this.stop();
    await kill(this.#etcd);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #launch(): Promise<void> {
    const binary = kubeApiserverBinary();
    if (binary === undefined) throw new Error('no kube-apiserver or etcd here: run `npm run setup:kube-apiserver`');
    const log = join(this.#folder, 'kube-apiserver.log');
    const apiserver = run(binary, this.#argv, log);
    this.#apiserver = apiserver;
    const deadline = performance.now() + READY_WITHIN_MS;
    while (performance.now() < deadline) {
      for (const [name, child] of Object.entries({ 'kube-apiserver': apiserver, etcd: this.#etcd })) {
        if (hasEnded(child)) throw new Error(`${name} ended:\n${await tail(join(this.#folder, `${name}.log`))}`);
      }
      const answer = await this.request('GET', '/readyz', undefined, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
      if (answer?.status === 200) return;
      await sleep(50);
    }
    throw new Error(`kube-apiserver was not ready within ${READY_WITHIN_MS / 1000} s:\n${await tail(log)}`);
  }
}

/** Starts a program that dies with this process, however that ends. */
function run(program: string, argv: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...argv], { stdio: ['ignore', output, output] });
  child.on('error', () => undefined);
  closeSync(output);
  return child;
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function kill(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).slice(-4096);
}

/** Below the range from which the kernel takes ports for outgoing connections (ip(7): 32768). */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => {
        server.close(() => resolve(true));
      });
    });
    if (free) return port;
  }
}
