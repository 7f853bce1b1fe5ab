import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

/** What a process comes to that runs this with a `FakeNode` and looks at none of the starts that it leaves pending. */
async function program(body: string): Promise<string> {
  const testing = JSON.stringify(new URL('../../../src/testing/index.ts', import.meta.url).href);
  const source = `
    import { FakeNode } from ${testing};
    process.on('unhandledRejection', (error) => console.log('unhandled:', error.code));
    const node = new FakeNode();
    const engine = node.createEngine();
    const order = { name: 'web', target: node.addPod('shop/web-1') };
    node.runner.hangNextStart();
    ${body}
    await new Promise((resolve) => setTimeout(resolve, 50));
  `;
  const { stdout } = await execa(process.execPath, ['--input-type=module-typescript', '--eval', source], { env: { NODE_OPTIONS: '' } });
  return stdout;
}

describe('a start that nobody looks at while it is pending', () => {
  it('ends no process when the engine is disposed, and can still be looked at', async () => {
    expect(await program(`
      const slow = { [Symbol.asyncDispose]: () => new Promise((resolve) => setTimeout(resolve, 10)) }; // as letting go of a folder is
      const hasty = async () => { await using _last = slow; await using own = engine; return own.start(order); };
      await hasty().catch((error) => console.log('caught:', error.code));
    `)).toBe('caught: EndedBeforeStart');
  });

  it('ends no process when the engine is suspended, then disposed', async () => {
    expect(await program('engine.start(order); await engine.suspend(); await engine[Symbol.asyncDispose](); engine.start(order);')).toBe('');
  });

  it('is heard when it fails otherwise, even while the engine is disposed', async () => {
    expect(await program(`engine.start({ ...order, filter: 'tcp prot' }); node.runner.refuseFilter('tcp prot'); await new Promise(setImmediate); await engine[Symbol.asyncDispose]();`)).toBe('unhandled: FilterHostName');
    expect(await program('const abort = new AbortController(); engine.start(order, { signal: abort.signal }); abort.abort(); await engine[Symbol.asyncDispose]();')).toBe('unhandled: EndedBeforeStart');
    expect(await program(`engine.start({ ...order, name: '/' });`)).toBe('unhandled: RequestInvalid');
  });
});
