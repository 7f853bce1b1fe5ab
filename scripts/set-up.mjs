// Sets up what the commands of package.json need. Plain JavaScript without dependencies: it runs before any is installed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const ROOT = new URL('..', import.meta.url).pathname;
const CNI_BRIDGE = '/usr/lib/cni/bridge';
const PROGRAMS = { tcpdump: 'tcpdump', ip: 'iproute2', ping: 'iputils-ping', nsenter: 'util-linux', setpriv: 'util-linux', flock: 'util-linux', timeout: 'coreutils' };
const purpose = process.argv[2];
// A cluster of one's own, and what builds its images: none of it where somebody else's cluster and builder are there.
const needsCluster = purpose === 'e2e' || purpose === 'bench';
if (needsCluster && !process.env.KUBECONFIG) {
  Object.assign(PROGRAMS, { etcd: 'etcd-server', containerd: 'containerd', ctr: 'containerd', runc: 'runc', openssl: 'openssl', pkill: 'procps', 'mkfs.ext4': 'e2fsprogs', [CNI_BRIDGE]: 'containernetworking-plugins' });
}
if (needsCluster && !['docker', 'podman'].some(onPath)) Object.assign(PROGRAMS, { buildah: 'buildah', debootstrap: 'debootstrap' });

// First what takes no time to find missing.
installPrograms();
installPackages();
build();
if (purpose === 'bench') bundle();

function installPackages() {
  const locked = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  const marker = join(ROOT, 'node_modules', '.package-lock.json');
  if (existsSync(marker) && sameVersions(JSON.parse(locked), JSON.parse(readFileSync(marker, 'utf8')))) return;
  say('Installing packages (npm ci) …');
  // Node 20 is too old for some of them, which then run on the Node that is one of them: no word on that.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

function sameVersions(wanted, installed) {
  return Object.entries(wanted.packages).every(
    ([path, entry]) => path === '' || entry.optional || installed.packages[path]?.version === entry.version,
  );
}

function installPrograms() {
  const missing = Object.keys(PROGRAMS).filter((program) => !onPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => PROGRAMS[program]))];
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    say(`Installing ${packages.join(', ')} …`);
    run('sh', ['-c', command], { environment: { DEBIAN_FRONTEND: 'noninteractive' }, quiet: true });
    return;
  }
  say(`Not found: ${missing.join(', ')}. Install with (as root):\n    ${command}`);
  if (purpose === 'demo') process.exit(1);
  say(purpose === 'bench' ? 'Figures that need them are not measured.' : 'Tests that need them are skipped, and say so.');
}

function build() {
  const output = join(ROOT, 'dist', 'testing.d.cts');
  const inputs = ['src', 'scripts/build', 'package.json', 'tsconfig.json', 'tsup.config.ts'].map((name) => newest(join(ROOT, name)));
  if (existsSync(output) && statSync(output).mtimeMs > Math.max(...inputs)) return;
  say('Building …');
  run('npm', ['run', '--silent', 'build', '--', '--silent'], { quiet: true });
}

function bundle() {
  const output = join(ROOT, 'bundle', 'agent.cjs');
  const inputs = ['src', 'examples/standalone-agent', 'examples/operator', 'scripts/bundle-example.ts', 'package.json', 'package-lock.json'].map((name) => newest(join(ROOT, name)));
  if (existsSync(output) && statSync(output).mtimeMs > Math.max(...inputs)) return;
  say('Bundling the agent and the operator …');
  run('npm', ['run', '--silent', 'bundle'], { quiet: true });
}

function newest(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(status.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function onPath(program) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(resolve(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What a step prints goes to stderr, so that stdout stays the program's own; with `quiet` only if the step fails. */
function run(program, argv, { environment = {}, quiet = false } = {}) {
  const stdio = ['ignore', ...(quiet ? ['pipe', 'pipe'] : [2, 2])];
  const { status, error, stdout, stderr } = spawnSync(program, argv, { cwd: ROOT, stdio, encoding: 'utf8', env: { ...process.env, ...environment } });
  if (status === 0) return;
  say(`${stdout ?? ''}${stderr ?? ''}Failed: ${program} ${argv.join(' ')}${error ? ` (${error.message})` : ''}`);
  process.exit(1);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
