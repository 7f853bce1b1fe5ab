import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { findImageTool } from '../../../scripts/images/image-tool.ts';
import { KUBERNETES_BIN } from '../../harness/kube-apiserver-binary.ts';
import { lacking } from '../../harness/requirements.ts';

const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl'] as const;
const MODULE = new URL('../../harness/kubernetes/go.mod', import.meta.url);
const PROGRAMS = { etcd: 'etcd-server', containerd: 'containerd', ctr: 'containerd', runc: 'runc', openssl: 'openssl', pkill: 'procps' };

/** What the local cluster and its images lack on this machine, each with the command that helps; empty when it has all. */
export async function missingForLocalCluster(): Promise<readonly string[]> {
  const missing = [...lacking(['root', 'ip', 'nsenter', 'tcpdump', 'loop'])];
  const packages = new Set<string>();
  for (const [program, from] of Object.entries(PROGRAMS)) if (!(await runs('which', program))) packages.add(from);
  if (!existsSync('/usr/lib/cni/bridge')) packages.add('containernetworking-plugins');
  if (packages.size > 0) missing.push(`needs ${[...packages].join(', ')} (apt-get install -y --no-install-recommends ${[...packages].join(' ')})`);
  if ((await findImageTool()) === undefined) missing.push('needs docker, podman or buildah (apt-get install -y --no-install-recommends buildah debootstrap)');
  const stale = await componentsToBuild();
  if (stale.length > 0 && !(await hasGo())) missing.push(`needs Go 1.24 or newer on PATH to build ${stale.join(', ')} (https://go.dev/doc/install)`);
  return missing;
}

/** Names of the Kubernetes programs that are not there, or of another version than the tests' go.mod names. */
export async function componentsToBuild(): Promise<readonly string[]> {
  const [, version = ''] = /k8s\.io\/kubernetes (v\S+)/.exec(readFileSync(MODULE, 'utf8')) ?? [];
  const present = await Promise.all(COMPONENTS.map(async (name) => {
    const argv = name === 'kubectl' ? ['version', '--client'] : ['--version'];
    const { stdout } = await execa(join(KUBERNETES_BIN, name), argv, { reject: false });
    return ` ${stdout} `.replaceAll('\n', ' ').includes(` ${version} `);
  }));
  return COMPONENTS.filter((_, index) => !present[index]);
}

async function hasGo(): Promise<boolean> {
  const { stdout } = await execa('go', ['version'], { reject: false, env: { GOTOOLCHAIN: 'local' } });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) === 1 && Number(minor) >= 24;
}

async function runs(program: string, ...argv: string[]): Promise<boolean> {
  return (await execa(program, argv, { reject: false, stdio: 'ignore' })).exitCode === 0;
}
