import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the Kubernetes binaries of the tests are built to and kept. */
export const KUBERNETES_BIN = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'pcapper', 'kube', 'bin');

/** The kube-apiserver of the tests, if it was built and etcd is there. */
export function kubeApiserverBinary(): string | undefined {
  const binary = join(KUBERNETES_BIN, 'kube-apiserver');
  return existsSync(binary) && existsSync('/usr/bin/etcd') ? binary : undefined;
}
