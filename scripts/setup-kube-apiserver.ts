// Builds the programs of Kubernetes that the tests run, and sees to etcd. `npm run setup:kube-apiserver -- --help`
import { execa } from 'execa';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_BIN } from '../test/harness/kube-apiserver-binary.ts';
import { misused, readCommandLine } from './command-line.ts';

const MODULE = join(import.meta.dirname, '..', 'test', 'harness', 'kubernetes');
const VERSION_PACKAGE = 'k8s.io/component-base/version';
const COMPONENTS: readonly string[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl'];

const HELP = `npm run setup:kube-apiserver [-- PROGRAM…]

Builds programs of Kubernetes that the tests run, where they are not there already, to
${KUBERNETES_BIN}, and installs etcd (as root).
Needs Go 1.24 or newer on PATH, and some 10 minutes on 2 cores the first time.

  PROGRAM   ${COMPONENTS.join(', ')}. By default kube-apiserver;
            npm run test:e2e builds them all by itself
  --help    shows this

Ends with 0, with 1 when something is missing or failed, 2 for an unknown option or program.
`;

const { positionals } = readCommandLine(HELP, { allowPositionals: true, options: {} });
const unknown = positionals.find((name) => !COMPONENTS.includes(name));
if (unknown !== undefined) misused(`${JSON.stringify(unknown)} is none of its programs.`, HELP);
await seeToEtcd();
await seeToGo();
for (const component of positionals.length > 0 ? positionals : ['kube-apiserver']) await build(component);

async function seeToEtcd(): Promise<void> {
  if (existsSync('/usr/bin/etcd')) return;
  const install = ['install', '-y', '--no-install-recommends', 'etcd-server'];
  if (process.getuid?.() !== 0) fail(`etcd is missing. Run: sudo apt-get ${install.join(' ')}`);
  await execa('apt-get', ['update'], { stdio: 'inherit' });
  await execa('apt-get', install, { stdio: 'inherit', env: { DEBIAN_FRONTEND: 'noninteractive' } });
}

async function seeToGo(): Promise<void> {
  // GOTOOLCHAIN=local: what is installed, not what go would download for the go.mod of this folder.
  const { stdout, failed } = await execa('go', ['version'], { reject: false, env: { GOTOOLCHAIN: 'local' } });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (failed || Number(major) !== 1 || Number(minor) < 24) {
    fail(`Go 1.24 or newer must be on PATH, found ${failed ? 'none' : stdout}. See https://go.dev/doc/install`);
  }
}

async function build(component: string): Promise<void> {
  const go = execa({ cwd: MODULE });
  const { stdout: version } = await go('go', ['list', '-m', '-f', '{{.Version}}', 'k8s.io/kubernetes']);
  const binary = join(KUBERNETES_BIN, component);
  const present = await execa(binary, component === 'kubectl' ? ['version', '--client'] : ['--version'], { reject: false });
  if (!present.failed && present.stdout.split(/\s/).includes(version)) {
    console.log(`${binary} is ${version} already`);
    return;
  }
  console.log(`building ${component} ${version}: about 10 minutes on 2 cores the first time`);
  mkdirSync(KUBERNETES_BIN, { recursive: true });
  const [major, minor] = version.replace(/^v/, '').split('.');
  const variables = { gitVersion: version, gitMajor: major ?? '', gitMinor: minor ?? '' };
  const ldflags = Object.entries(variables).map(([name, value]) => `-X ${VERSION_PACKAGE}.${name}=${value}`);
  await go('go', ['build', '-trimpath', '-ldflags', `-s -w ${ldflags.join(' ')}`, '-o', binary, `k8s.io/kubernetes/cmd/${component}`], {
    stdio: 'inherit',
  });
  console.log(binary);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
