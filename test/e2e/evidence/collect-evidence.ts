import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ClusterUnderTest } from '../cluster/cluster-under-test.ts';

const EVIDENCE = join(import.meta.dirname, '..', '..', '..', 'artifacts', 'e2e');
const KINDS = 'pktcap,pktcapset,pods,jobs,daemonsets,deployments,replicasets,statefulsets,configmaps,leases,nodes,namespaces';

/** Writes what the cluster shows now to a folder of artifacts/e2e: objects, Events, logs of pcapper, of the nodes and of the control plane. */
export async function collectEvidence({ kubeconfig, kubectl, folder }: ClusterUnderTest, of: string): Promise<void> {
  const to = join(EVIDENCE, of.replaceAll(/[^\w-]+/g, '-').slice(0, 100));
  await mkdir(to, { recursive: true });
  const ask = async (file: string, ...argv: string[]) => {
    const { all } = await execa(kubectl, [`--kubeconfig=${kubeconfig}`, '--request-timeout=20s', ...argv], { reject: false, all: true });
    await writeFile(join(to, file), `${all}\n`);
  };
  await ask('objects.yaml', 'get', KINDS, '--all-namespaces', '-o', 'yaml');
  await ask('objects.txt', 'get', KINDS, '--all-namespaces', '-o', 'wide');
  await ask('events.txt', 'get', 'events', '--all-namespaces', '--sort-by=.metadata.creationTimestamp', '-o', 'wide');
  for (const component of ['agent', 'operator']) {
    const pods = ['-n', 'pcapper', 'logs', '-l', `app.kubernetes.io/component=${component}`, '--prefix', '--tail=-1', '--max-log-requests=20'];
    await ask(`${component}.log`, ...pods);
    await ask(`${component}.previous.log`, ...pods, '--previous');
  }
  if (folder !== undefined) await copyLogs(folder, to);
}

/** The logs of the local cluster itself. */
async function copyLogs(folder: string, to: string): Promise<void> {
  for (const { name, parentPath } of await readdir(folder, { withFileTypes: true })) {
    if (name.endsWith('.log') && name !== 'audit.log') await cp(join(parentPath, name), join(to, name));
    if (/^node\d+$/.test(name)) {
      for (const log of ['init', 'containerd', 'kubelet']) await cp(join(parentPath, name, `${log}.log`), join(to, `${name}-${log}.log`), { force: true }).catch(() => undefined);
    }
  }
}
