import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostmountDirectory } from '../../src/adapters/disk/hostmount-directory.ts';
import { inspectPcapFile } from '../../src/adapters/pcap/inspect-pcap-file.ts';
import { PcapRing } from '../../src/testing/pcap-ring.ts';
import { askedManifest } from '../adapters/disk/manifests.ts';
import { requires } from '../harness/requirements.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'scripts', 'collect-evidence.sh');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pcapper-evidence-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs it in an empty folder, where no kubectl is on PATH. */
function run(...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', [SCRIPT, ...argv], { cwd: folder, encoding: 'utf8', env: { PATH: folder } });
  return { status, stdout, stderr, left: readdirSync(folder) };
}

// What it collects is tested on the real cluster: test/e2e/annotation.e2e.ts.
describe('scripts/collect-evidence.sh', () => {
  it.each<[readonly string[], string]>([
    [[], 'Which Pod?'],
    [['web', 'shop'], 'One Pod at a time: web and shop were given.'],
    [['--all'], '--all is no option.'],
    [['web', '-n'], '-n needs a value.'],
    [['web;reboot'], '"web;reboot" is no name of Kubernetes.'],
    [['../web'], '"../web" is no name of Kubernetes.'],
    [['-n', '$(id)', 'web'], '"$(id)" is no name of Kubernetes.'],
  ])('%j is refused, and nothing is written', (argv, words) => {
    expect(run(...argv)).toEqual({ status: 2, stdout: '', stderr: `collect-evidence: ${words} See scripts/collect-evidence.sh --help\n`, left: [] });
  });

  it('says what it needs', () => {
    expect(run('web')).toMatchObject({ status: 1, stderr: 'collect-evidence: kubectl is not there. Install it, or put it on the PATH.\n', left: [] });
  });
});

/** A kubectl that has this machine for the cluster: an exec runs here, in an agent whose hostmount is the folder. */
const KUBECTL = `#!/bin/sh
case "$*" in
  *' exec '*) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
  *'-o jsonpath={.spec.nodeName}'*) printf n1 ;;
  *'-o jsonpath='*) echo pcapper/agent-n1 ;;
esac
`;

requires('tcpdump').describe('what scripts/collect-evidence.sh takes', () => {
  /** Captures `default/POD`: segments and the suffixes of their files, each with a packet of that many bytes, the oldest first. */
  const capture = async (pod: string, segments: Readonly<Record<string, readonly string[]>>) => {
    const id = `capture-${pod}`;
    const { request, segments: [segment], ...manifest } = askedManifest('n1', id);
    const bases = Object.keys(segments);
    const asked = { ...request, name: `default.${pod}`, uid: `uid-of-${pod}`, fileNames: [id] };
    await new HostmountDirectory(folder, 'n1', inspectPcapFile).createManifest({
      ...manifest,
      source: 'PodAnnotation',
      request: asked,
      segments: bases.flatMap((file) => (segment ? [{ ...segment, file }] : [])),
    });
    for (const [age, name] of Object.entries(segments).flatMap(([file, suffixes]) => suffixes.map((suffix) => file + suffix)).entries()) {
      const ring = new PcapRing({ path: join(folder, name), fileCount: 1, maxFileSize: 1e6, snapLength: 1000, linkType: 'EN10MB' });
      ring.write(100, 1_700_000_000_000 + age);
      ring.close();
      utimesSync(join(folder, name), 1_700_000_000, 1_700_000_000 + age / 100);
    }
  };

  const filesOf = (pod: string) => {
    writeFileSync(join(folder, 'kubectl'), KUBECTL, { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env['PATH']}`, HOSTMOUNT: folder };
    const { status, stderr } = spawnSync('/bin/sh', [SCRIPT, '-n', 'default', '-o', 'evidence', pod], { cwd: folder, encoding: 'utf8', env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const read = (name: string) => readFileSync(join(folder, 'evidence', name), 'utf8').trim().split('\n');
    return { files: read('capture-files.txt').map((line) => line.split(' ').at(-1)), times: read('capture-output.txt').map((line) => line.slice(9, 15)) };
  };

  it('is of that Pod alone, whatever digits and dots the names of others have', async () => {
    await capture('web', { 'capture-web.pcap': ['0', '1'], 'capture-web.1700000005.pcap': ['0'] });
    await capture('web.0', { 'capture-web.0.pcap': ['0'] });
    await capture('web.1700000005.pcap', { 'capture-web.1700000005.pcap.pcap': ['0'] });
    await capture('web.pcap0', { 'capture-web.pcap0.pcap': ['0'] });
    expect(filesOf('web').files.sort()).toEqual(['capture-web.1700000005.pcap0', 'capture-web.pcap0', 'capture-web.pcap1']);
    expect(filesOf('web.0').files).toEqual(['capture-web.0.pcap0']);
    expect(filesOf('web.pcap0').files).toEqual(['capture-web.pcap0.pcap0']);
  });

  it('has the oldest packets first, also when all were written within a second', async () => {
    await capture('web', { 'capture-web.pcap': ['1', '2', '0'] });
    expect(filesOf('web').times).toEqual(['000000', '001000', '002000']);
  });
});
