import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/command-line.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { FetchWorld } from './fetch-world.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

describe('the command line', () => {
  it.each([
    [[], EXIT.misused, /No command is given\. The one command is get: pcapper get NAME/],
    [['fetch'], EXIT.misused, /"fetch" is no command/],
    [['get'], EXIT.misused, /No capture is named\. Name one: pcapper get NAME/],
    [['get', 'a', 'b'], EXIT.misused, /One capture is fetched at a time; "b" is too much\. Write: pcapper get a/],
    [['get', 'a', '--out', 'x'], EXIT.misused, /Unknown option '--out'\. See pcapper get --help/],
    [['get', 'a', '-o'], EXIT.misused, /argument missing\. See pcapper get --help/],
    [['get', 'a', '-o', ''], EXIT.misused, /--output is empty/],
    [['get', '../x'], EXIT.misused, /"\.\.\/x" cannot be the name of a capture/],
    [['get', 'x', '-n', 'A b'], EXIT.misused, /"A b" cannot be the name of a namespace/],
  ])('%j is explained', async (argv, code, text) => {
    await using world = await FetchWorld.create();
    const { exitCode, said, stdout } = await world.pcapper(argv);
    expect(said).toMatch(text);
    expect(exitCode).toBe(code);
    expect(stdout.length).toBe(0);
  });

  it.each([
    [['--help'], /pcapper get NAME \[-o FILE\]/],
    [['get', '--help'], /--so-far[^]*--force[^]*Exit codes:/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ])('%j is told on stdout', async (argv, text) => {
    await using world = await FetchWorld.create();
    const { exitCode, said, stdout } = await world.pcapper(argv);
    expect({ exitCode, said }).toEqual({ exitCode: EXIT.done, said: '' });
    expect(stdout.toString()).toMatch(text);
  });
});

describe('the program', () => {
  it('runs under both names', async () => {
    await using world = await FetchWorld.create();
    const plugin = world.path('kubectl-pcapper');
    await symlink(MAIN, plugin);
    const help = async (path: string) => (await promisify(execFile)(process.execPath, [path, 'get', '--help'])).stdout;
    expect(await help(MAIN)).toContain('\n  pcapper get NAME');
    expect(await help(plugin)).toContain('\n  kubectl pcapper get NAME');
    await rm(plugin);
  });

  it('writes where it is, and ends by itself', async () => {
    await using world = await FetchWorld.create();
    const names = await world.write({ segments: [{ packets: 250 }] });
    const child = spawn(process.execPath, [MAIN, 'get', 'web'], { cwd: world.home, env: world.environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    const [code] = (await once(child, 'close')) as [number];
    expect(said).toBe('web.pcap: 250 packets of web in 254 kB, of 3 files on node n1.\nThat is every packet that was captured.\n');
    expect(code).toBe(EXIT.done);
    expect(await readFile(world.path('web.pcap'))).toEqual(await world.merged(names));
  });

  it('waits for a reader that is slow, and so does the command in the Pod', async () => {
    await using world = await FetchWorld.create();
    const names = await world.write({ segments: [{ packets: 9000, fileCount: 1000, packetBytes: 1400 }] });
    const expected = await world.merged(names);
    const child = spawn(process.execPath, [MAIN, 'get', 'web', '-o', '-'], { env: world.environment, stdio: ['ignore', 'pipe', 'ignore'] });
    const isFetching = () => world.cluster.commands.some((argv) => argv[0] === 'cat' && argv.at(-1)?.includes('.pcap'));
    await eventually(isFetching);
    // 12.7 MB are far more than all pipes and sockets on the way hold.
    await eventually(() => world.cluster.running === 1);
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(expected)).toBe(true);
  });

  it.each([[['--help']], [['get', '--help']], [['--version']]])('ends in silence when nobody reads %j', async (argv) => {
    const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, said }).toEqual({ code: EXIT.done, said: '' });
  });

  it('fetches on when nobody reads what it says', async () => {
    await using world = await FetchWorld.create();
    const names = await world.write({ segments: [{ packets: 350 }] });
    let cuts = 0;
    world.cluster.fault = (argv) => (argv[0] === 'cat' && argv.at(-1)?.includes('.pcap') && cuts++ === 0 ? { cutAfter: 200_000 } : undefined);
    const child = spawn(process.execPath, [MAIN, 'get', 'web'], { cwd: world.home, env: world.environment, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(EXIT.done);
    expect(await readFile(world.path('web.pcap'))).toEqual(await world.merged(names));
  });

  it('ends on Ctrl-C while an exec plugin hangs', async () => {
    await using world = await FetchWorld.create();
    const started = world.path('started');
    const plugin = world.path('plugin.sh');
    await writeFile(plugin, `#!/bin/sh\n: > ${started}\nexec sleep 600\n`, { mode: 0o755 });
    const name = 'test';
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' } };
    const kubeconfig = {
      clusters: [{ name, cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    };
    await writeFile(world.path('kubeconfig'), JSON.stringify(kubeconfig));
    const child = spawn(process.execPath, [MAIN, 'get', 'web', '--kubeconfig', world.path('kubeconfig')], { cwd: world.home, stdio: 'ignore', detached: true });
    await eventually(() => existsSync(started));
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(EXIT.interrupted);
    // What it has started is not its own to end; kubectl leaves it, too.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  });

  it('keeps what has come on Ctrl-C', async () => {
    await using world = await FetchWorld.create();
    await world.write({ segments: [{ packets: 900 }] });
    world.cluster.fault = (argv) => (argv.at(-1)?.includes('.pcap') && argv[0] === 'cat' ? { slow: 500 } : undefined);
    const child = spawn(process.execPath, [MAIN, 'get', 'web'], { cwd: world.home, env: world.environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    await eventually(() => world.cluster.commands.some((argv) => argv[0] === 'cat' && argv.at(-1)?.includes('.pcap')));
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(said).toContain('Interrupted at ');
    expect(code).toBe(EXIT.interrupted);
    expect((await readFile(world.path('web.pcap.part'))).length).toBeGreaterThanOrEqual(24);
  });
});
