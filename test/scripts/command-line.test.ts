import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pcapper-script-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a script in an empty folder, where nothing that it could build images with is on PATH. */
function run(script: string, ...argv: string[]) {
  return runFile(`scripts/${script}.ts`, ...argv);
}

function runFile(file: string, ...argv: string[]) {
  const path = join(ROOT, file);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...argv], { cwd: folder, encoding: 'utf8', env: { PATH: folder, HOME: folder } });
  return { status, stdout, stderr };
}

/** When the files of deploy/ were written last. */
function deployed(): readonly string[] {
  const files = readdirSync(join(ROOT, 'deploy'), { recursive: true, encoding: 'utf8' });
  return files.map((file) => `${file} ${statSync(join(ROOT, 'deploy', file)).mtimeMs}`);
}

const SCRIPTS = { images: 'images', 'generate:crds': 'generate-crds', manifests: 'manifests', bundle: 'bundle-example', 'check:package': 'check-package', 'api:report': 'api-report', 'setup:kube-apiserver': 'setup-kube-apiserver' };

describe.each(Object.entries(SCRIPTS))('npm run %s', (command, script) => {
  test.each(['--help', '-h'])('%s says what it does, and does nothing', (option) => {
    const before = deployed();
    const { status, stdout, stderr } = run(script, option);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^npm run ${command} \\[-- .*\\]\n\n[A-Z].*--help {2,}shows this\n.*2 for an unknown option`, 's'));
    expect(readdirSync(folder)).toEqual([]);
    expect(deployed()).toEqual(before);
  });

  it('tells an unknown option, with what is allowed, and does nothing', () => {
    const before = deployed();
    const { status, stdout, stderr } = run(script, '--hepl');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(`Unknown option '--hepl'.\n\n${run(script, '--help').stdout}`);
    expect(readdirSync(folder)).toEqual([]);
    expect(deployed()).toEqual(before);
  });
});

describe.each(['e2e', 'consumers'])('npm run test:%s', (name) => {
  test.each([['--help'], ['-h'], ['sets', '-t', 'rollout', '--help']])('%s says what it does, and builds nothing', (...argv) => {
    const { status, stdout, stderr } = runFile(`test/${name}/main.ts`, ...argv);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^npm run test:${name} \\[-- VITEST OPTIONS\\]\\n\\n[A-Z].*--help {2,}shows this\\n`, 's'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.each([
  ['images', ['--save'], /^Option '--save <value>' argument missing\./],
  ['images', ['agent'], /^Unexpected argument 'agent'\./],
  ['bundle-example', ['one', 'two', 'three'], /^One folder is written; "two three" is too much\./],
  ['setup-kube-apiserver', ['kubelet', 'etcd'], /^"etcd" is none of its programs\./],
])('%s %j is refused', (script, argv, words) => {
  const { status, stdout, stderr } = run(script, ...argv);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(/^ {4}at /m);
});

it('npm run images says what to install where nothing builds images', () => {
  const { status, stderr } = run('images', '--save', 'out');
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^no docker, podman or buildah answers here\. Install one: /) as string });
  expect(existsSync(join(folder, 'out'))).toBe(false);
});
