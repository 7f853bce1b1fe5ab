import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, inject } from 'vitest';
import { Component } from '../cluster/component.ts';

/** The parts of the local cluster, which a test may stop. */
export class LocalParts {
  readonly apiserver: Component;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.apiserver = new Component(folder, 'kube-apiserver');
  }

  /** The node's init starts it again, as systemd does, when it was ended. */
  async signalKubelet(node: string, signal: 'KILL' | 'STOP' | 'CONT'): Promise<void> {
    await this.onNode(node, 'pkill', `-${signal}`, '-x', 'kubelet');
  }

  async kubeletPid(node: string): Promise<string> {
    return this.onNode(node, 'pgrep', '-x', 'kubelet');
  }

  /** Path of a file in the node's own part of the cluster's folder, the same here and on the node. */
  file(node: string, name: string): string {
    return join(this.#folder, node, name);
  }

  /** Gives an image that the node has another tag, too. */
  async tagImage(node: string, image: string, tag: string, another: string): Promise<void> {
    const containerd = ['--address', this.file(node, 'containerd.sock'), '--namespace', 'k8s.io'];
    await this.onNode(node, 'ctr', ...containerd, 'images', 'tag', '--force', `docker.io/${image}:${tag}`, `docker.io/${image}:${another}`);
  }

  /** Runs a command among the processes and mounts of the node. */
  async onNode(node: string, ...argv: string[]): Promise<string> {
    const init = (await readFile(join(this.#folder, node, 'init.pid'), 'utf8')).trim();
    return (await execa('nsenter', ['--target', init, '--pid', '--mount', '--', ...argv])).stdout;
  }
}

/** `describe` for tests that stop parts of the cluster: on somebody else's they are skipped visibly. */
export function describeOnLocalCluster(name: string, suite: (parts: LocalParts) => void): void {
  const { folder } = inject('cluster');
  if (folder === undefined) describe.skip(`${name} [skipped: needs the local cluster (no KUBECONFIG)]`, () => suite(new LocalParts('')));
  else describe(name, () => suite(new LocalParts(folder)));
}
