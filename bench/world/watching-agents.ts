import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { killAtExit } from '../../test/harness/at-exit.ts';
import type { Received } from './received-lines.ts';

const PROCESS = fileURLToPath(new URL('./watching-process.ts', import.meta.url));
const AGENTS_PER_PROCESS = 125;

/** What is said to a process of watching agents; it answers `ready` by itself, and each question. */
export type WatchingMessage = { readonly kind: 'ready' } | { readonly kind: 'received'; readonly received: Received };

/** Agents of other nodes as far as the API server knows them: their real reflectors, in a few processes. */
export class WatchingAgents implements AsyncDisposable {
  readonly #children: readonly ChildProcess[];

  /** Resolves once all of them have listed what there is and watch. */
  static async start(kubeconfig: string, agents: number): Promise<WatchingAgents> {
    const children: ChildProcess[] = [];
    const started = new WatchingAgents(children);
    try {
      for (let first = 0; first < agents; first += AGENTS_PER_PROCESS) {
        const child = fork(PROCESS, [kubeconfig, String(first), String(Math.min(AGENTS_PER_PROCESS, agents - first))]);
        killAtExit(child);
        children.push(child);
      }
      await Promise.all(children.map((child) => answerOf(child)));
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
  }

  /** Lines about that capture that all of them have received so far. */
  async received(uid: string): Promise<Received> {
    const answers = this.#children.map(async (child) => {
      const answer = answerOf(child);
      child.send(uid);
      return answer;
    });
    const sum = { lines: 0, afterClaim: 0, agents: 0 };
    for (const answer of await Promise.all(answers)) {
      if (answer.kind !== 'received') throw new Error('a process of watching agents answered something else');
      sum.lines += answer.received.lines;
      sum.afterClaim += answer.received.afterClaim;
      sum.agents += answer.received.agents;
    }
    return sum;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }),
    );
  }
}

async function answerOf(child: ChildProcess): Promise<WatchingMessage> {
  const life = new AbortController();
  const { signal } = life;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as WatchingMessage),
      once(child, 'exit', { signal }).then(() => Promise.reject(new Error('a process of watching agents ended'))),
    ]);
  } finally {
    life.abort();
  }
}
