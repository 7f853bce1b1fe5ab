import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PodExec, type PodExecTimes } from '../../../src/adapters/kubernetes/pod-exec.ts';
import { FakeCluster } from '../../cli/fake-cluster.ts';
import { eventually } from './eventually.ts';

const place = { namespace: 'pcapper', pod: 'agent-1', container: 'agent' };

let cluster: FakeCluster;
beforeEach(async () => {
  cluster = await FakeCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const execOf = (times?: PodExecTimes) => new PodExec({ server: new URL(cluster.url), requestOptions: () => Promise.resolve({}) }, times);

async function outputOf(command: readonly string[], exec = execOf(), signal?: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of exec.run(place, command, signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('PodExec', () => {
  it('runs argv as it is', async () => {
    const argv = ['printf', '%s|', '$HOME `id` "q"', '', '--', 'ä&command=x'];
    expect(await outputOf(argv)).toBe('$HOME `id` "q"||--|ä&command=x|');
    expect(cluster.commands).toEqual([argv]);
  });

  it('tells how a command failed', async () => {
    await expect(outputOf(['ls', '/nowhere'])).rejects.toMatchObject({
      code: 'CommandFailed',
      exitCode: 2,
      message: expect.stringMatching(/^The command ls in the Pod agent-1 failed \(exit code 2\): ls: .*nowhere.*No such file or directory\. Look at the Pod: kubectl -n \S+ describe pod agent-1$/) as string,
    });
  });

  it('takes an end without a word for a cut', async () => {
    cluster.fault = () => ({ withoutStatus: true });
    await expect(outputOf(['echo', 'x'])).rejects.toMatchObject({ code: 'ExecCut' });
  });

  it('gives up a connection on which nothing comes', async () => {
    await expect(outputOf(['sleep', '60'], execOf({ longestSilence: 100 }))).rejects.toThrow(/was cut: nothing came for 0\.1 s/);
    await eventually(() => cluster.running === 0);
  });

  it('has patience with a reader that takes its time', async () => {
    const seen: string[] = [];
    for await (const chunk of execOf({ longestSilence: 2000 }).run(place, ['echo', 'x'])) {
      seen.push(chunk.toString());
      await new Promise((resolve) => setTimeout(resolve, 2500));
    }
    expect(seen.join('')).toBe('x\n');
  });

  it('gives up a server that does not answer', async () => {
    let answer = (): void => undefined;
    cluster.fault = () => ({ before: () => new Promise<void>((resolve) => (answer = resolve)) });
    await expect(outputOf(['echo'], execOf({ patience: 100 }))).rejects.toMatchObject({ code: 'ApiConnection', message: expect.stringContaining('no answer within 0.1 s') as string });
    answer();
  });

  it('ends the command when the reader leaves or the signal comes', async () => {
    for await (const chunk of execOf().run(place, ['yes'])) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await eventually(() => cluster.running === 0);
    const abort = new AbortController();
    const output = outputOf(['sleep', '60'], execOf(), abort.signal);
    await eventually(() => cluster.running === 1);
    abort.abort(new Error('enough'));
    await expect(output).rejects.toThrow('enough');
    await eventually(() => cluster.running === 0);
  });

  it('words a refusal as the API server does', async () => {
    cluster.fault = () => ({ refuse: 404 });
    await expect(outputOf(['echo'])).rejects.toMatchObject({ code: 'ApiStatus', statusCode: 404, reason: 'NotFound' });
  });
});
