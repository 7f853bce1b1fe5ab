import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { ApiConnection } from '../../harness/api-connection.ts';
import { CertificateAuthority } from '../../harness/certificate-authority.ts';
import { KUBERNETES_BIN } from '../../harness/kube-apiserver-binary.ts';
import { kubeconfigOf } from '../../harness/kubeconfig.ts';
import { Component } from './component.ts';
import type { ImageArchive } from './images.ts';
import { makeNodeCgroup } from './node-cgroup.ts';
import { cniConfiguration, containerdToml, kubeletConfiguration, type NodePlace } from './node-files.ts';

const NODE_SCRIPT = fileURLToPath(new URL('./node.sh', import.meta.url));
/** Of the control plane, as nodes and tests reach it. */
const API_ADDRESS = '10.200.0.254';
/** The kubernetes Service; an address of the control plane itself, so that Pods reach it with no kube-proxy. */
const SERVICE_ADDRESS = '10.96.0.1';
const ADMIN = 'admin';
const WITHIN_MS = 180_000;

export interface LocalClusterOptions {
  /** Empty; it takes all that the cluster writes to disk. */
  readonly folder: string;
  readonly nodes: readonly string[];
  /** The nodes' cgroups begin so. */
  readonly cgroups: string;
  /** Docker archives of the images that every node has. The first is the one of Pod sandboxes. */
  readonly images: readonly ImageArchive[];
  /** Size of each node's /hostmount, as truncate(1) reads it; what is not written takes no disk. Default: `768M`. */
  readonly hostmount?: string;
}

/**
 * A Kubernetes cluster without Docker: control plane, and nodes of containerd and kubelet. Each node is in mount, network
 * and process namespaces of its own, as a machine is. To be started inside network, mount and process namespaces made for
 * it: with them it ends, but for its folder and cgroups.
 */
export class LocalCluster {
  readonly kubeconfig: string;
  readonly kubectl = join(KUBERNETES_BIN, 'kubectl');
  readonly #options: LocalClusterOptions;

  /** @throws Error with the end of a log when a part does not come up. */
  static async start(options: LocalClusterOptions): Promise<LocalCluster> {
    const cluster = new LocalCluster(options);
    await openNetwork();
    const ca = await cluster.#startControlPlane();
    // One after the other: they share a file of serial numbers.
    const places: NodePlace[] = [];
    for (const name of options.nodes) places.push(await cluster.#place(ca, name, places.length + 1));
    await Promise.all(places.map((place) => cluster.#startNode(place)));
    return cluster;
  }

  private constructor(options: LocalClusterOptions) {
    this.#options = options;
    this.kubeconfig = join(options.folder, `${ADMIN}.kubeconfig`);
  }

  /** Plain requests as the administrator. */
  connect(): ApiConnection {
    const read = (file: string) => readFileSync(join(this.#options.folder, file), 'utf8');
    return new ApiConnection(`https://${API_ADDRESS}`, { ca: read('ca.crt'), cert: read(`${ADMIN}.crt`), key: read(`${ADMIN}.key`) });
  }

  async #startControlPlane(): Promise<CertificateAuthority> {
    const { folder } = this.#options;
    const program = (name: string) => join(KUBERNETES_BIN, name);
    const ca = await CertificateAuthority.create(folder);
    const serviceAccounts = join(folder, 'service-accounts.key');
    await writeFile(serviceAccounts, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }));
    await writeFile(join(folder, 'audit-policy.yaml'), JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }));
    const alternativeNames = [`IP:${API_ADDRESS}`, `IP:${SERVICE_ADDRESS}`, 'DNS:kubernetes.default.svc'];
    const serving = await ca.issue('apiserver', { commonName: 'kube-apiserver', alternativeNames });
    const admin = await this.#user(ca, ADMIN, { commonName: 'admin', organizations: ['system:masters'] });
    for (const name of ['kube-controller-manager', 'kube-scheduler']) await this.#user(ca, name, { commonName: `system:${name}` });

    const etcd = 'http://127.0.0.1:2379';
    const apiserver = new Component(folder, 'kube-apiserver', [
      program('kube-apiserver'),
      `--etcd-servers=${etcd}`,
      '--secure-port=443',
      '--bind-address=0.0.0.0',
      `--advertise-address=${API_ADDRESS}`,
      `--client-ca-file=${ca.certificateFile}`,
      `--tls-cert-file=${serving.certificateFile}`,
      `--tls-private-key-file=${serving.keyFile}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${serviceAccounts}`,
      `--service-account-signing-key-file=${serviceAccounts}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--authorization-mode=Node,RBAC',
      '--allow-privileged=true',
      `--kubelet-client-certificate=${admin.certificateFile}`,
      `--kubelet-client-key=${admin.keyFile}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--audit-policy-file=${join(folder, 'audit-policy.yaml')}`,
      `--audit-log-path=${join(folder, 'audit.log')}`,
    ]);
    new Component(folder, 'etcd', ['etcd', `--data-dir=${join(folder, 'etcd')}`, `--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`, '--unsafe-no-fsync']).start();
    apiserver.start();
    using connection = this.connect();
    await this.#comesUp('kube-apiserver', apiserver.log, () =>
      connection.request('GET', '/readyz', undefined, { signal: AbortSignal.timeout(5_000) }).then(({ status }) => status === 200, () => false));
    const kubeconfig = (name: string) => `--kubeconfig=${join(folder, `${name}.kubeconfig`)}`;
    new Component(folder, 'kube-controller-manager', [
      program('kube-controller-manager'),
      kubeconfig('kube-controller-manager'),
      `--service-account-private-key-file=${serviceAccounts}`,
      `--root-ca-file=${ca.certificateFile}`,
      '--use-service-account-credentials=true',
      '--leader-elect=false',
    ]).start();
    new Component(folder, 'kube-scheduler', [program('kube-scheduler'), kubeconfig('kube-scheduler'), '--leader-elect=false']).start();
    return ca;
  }

  async #place(ca: CertificateAuthority, name: string, number: number): Promise<NodePlace> {
    const { folder, cgroups } = this.#options;
    const address = `10.200.0.${number}`;
    const subject = { commonName: `system:node:${name}`, organizations: ['system:nodes'], alternativeNames: [`IP:${address}`, `DNS:${name}`] };
    const certificate = await this.#user(ca, name, subject);
    return { name, folder: join(folder, name), address, podSubnet: `10.244.${number}.0/24`, cgroup: `${cgroups}${name}`, caFile: ca.certificateFile, ...certificate };
  }

  async #startNode(place: NodePlace): Promise<void> {
    const { name } = place;
    const { images } = this.#options;
    for (const part of ['cni', 'kubelet', 'memory']) await mkdir(join(place.folder, part), { recursive: true });
    await writeFile(join(place.folder, 'containerd.toml'), containerdToml(place, images[0]?.name ?? ''));
    await writeFile(join(place.folder, 'cni', '10-bridge.conflist'), cniConfiguration(place));
    await writeFile(join(place.folder, 'kubelet.yaml'), kubeletConfiguration(place));
    makeNodeCgroup(place.cgroup);
    await this.#startInit(place);

    const socket = join(place.folder, 'containerd.sock');
    const containerd = (...argv: string[]) => execa('ctr', ['--address', socket, '--namespace', 'k8s.io', ...argv], { reject: false });
    await this.#comesUp(`containerd of ${name}`, join(place.folder, 'containerd.log'), async () => (await containerd('version')).exitCode === 0);
    for (const { archive } of images) {
      const { failed, stderr } = await containerd('images', 'import', archive);
      if (failed) throw new Error(`${name} does not take ${archive}: ${stderr}`);
    }
    const kubectl = (...argv: string[]) => execa(this.kubectl, [`--kubeconfig=${this.kubeconfig}`, ...argv], { reject: false });
    await this.#comesUp(`kubelet of ${name}`, join(place.folder, 'kubelet.log'), async () => (await kubectl('wait', '--for=condition=Ready', `node/${name}`, '--timeout=10s')).exitCode === 0);
  }

  /** Starts the node's init, and gives it a device in the network of the control plane. */
  async #startInit({ name, folder, address, podSubnet }: NodePlace): Promise<void> {
    const { folder: shared, hostmount = '768M' } = this.#options;
    const argv = ['--fork', '--pid', '--mount', '--mount-proc', '--net', '--kill-child', 'sh', NODE_SCRIPT, name, address, API_ADDRESS, shared, KUBERNETES_BIN, hostmount];
    const output = openSync(join(folder, 'init.log'), 'a');
    const child = spawn('unshare', argv, { detached: true, stdio: ['pipe', output, output] });
    closeSync(output);
    child.unref();
    const pid = await eventually(() => firstChildOf(child));
    await eventually(() => readNamespace(pid) !== readNamespace('self'));
    await writeFile(join(folder, 'init.pid'), String(pid));
    await execa('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)]);
    await execa('ip', ['link', 'set', name, 'master', 'nodes', 'up']);
    await execa('ip', ['route', 'add', podSubnet, 'via', address]);
    child.stdin?.end('go\n');
  }

  async #user(ca: CertificateAuthority, name: string, subject: Parameters<CertificateAuthority['issue']>[1]) {
    const issued = await ca.issue(name, subject);
    const server = { url: `https://${API_ADDRESS}`, caFile: ca.certificateFile };
    await writeFile(join(this.#options.folder, `${name}.kubeconfig`), kubeconfigOf(server, { 'client-certificate': issued.certificateFile, 'client-key': issued.keyFile }));
    return issued;
  }

  async #comesUp(what: string, log: string, isUp: () => Promise<boolean>): Promise<void> {
    try {
      await eventually(isUp, WITHIN_MS);
    } catch {
      throw new Error(`${what} did not come up within ${WITHIN_MS / 1000} s:\n${(await readFile(log, 'utf8').catch(() => '')).slice(-4096)}`);
    }
  }
}

async function openNetwork(): Promise<void> {
  const ip = (...argv: string[]) => execa('ip', argv);
  await ip('link', 'set', 'lo', 'up');
  await ip('addr', 'add', `${SERVICE_ADDRESS}/32`, 'dev', 'lo');
  await ip('link', 'add', 'nodes', 'type', 'bridge');
  await ip('addr', 'add', `${API_ADDRESS}/24`, 'dev', 'nodes');
  await ip('link', 'set', 'nodes', 'up');
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
}

function firstChildOf({ pid = 0 }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
}

function readNamespace(pid: number | 'self'): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}
