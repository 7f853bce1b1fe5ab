// Packs the package, installs the tarball into an empty project, and uses it there as ESM and as CommonJS.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'pcapper-package-'));
const run = (program, argv, cwd) => execFileSync(program, argv, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

const USE = `
if (!(new p.FilterTooLongError(5000, 4096) instanceof p.CaptureError)) throw new Error('errors are broken');
if (p.parseQuantity('10G') !== 10e9) throw new Error('quantities are broken');
if (typeof p.createCaptureEngine !== 'function' || typeof k.PacketCaptureSource !== 'function' || typeof o.Operator !== 'function') throw new Error('exports are missing');
p.createCaptureEngine({ directory: '/nonexistent', node: 'n1' }).then(
  () => { throw new Error('a folder that does not exist was taken'); },
  (error) => { if (!p.CaptureError.is(error)) throw error; console.log(kind, 'ok:', error.code); },
);`;

try {
  const [{ filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root));
  const unwanted = files.map(({ path }) => path).filter((path) => !/^(dist\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(path));
  if (unwanted.length > 0) throw new Error(`the package has files that it should not have: ${unwanted.join(', ')}`);
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  run('npm', ['install', '--no-audit', '--no-fund', '--silent', join(folder, filename)], folder);
  writeFileSync(join(folder, 'esm.js'), `import * as p from 'pcapper'; import * as k from 'pcapper/kubernetes'; import * as o from 'pcapper/operator'; const kind = 'ESM';${USE}`);
  writeFileSync(join(folder, 'commonjs.cjs'), `const p = require('pcapper'), k = require('pcapper/kubernetes'), o = require('pcapper/operator'), kind = 'CommonJS';${USE}`);
  for (const file of ['esm.js', 'commonjs.cjs']) process.stdout.write(run(process.execPath, [file], folder));
  // Without @kubernetes/client-node, as `npx pcapper` has it: a kubeconfig is read all the same.
  writeFileSync(join(folder, 'kubeconfig'), '{"clusters":[],"contexts":[],"users":[]}');
  for (const program of ['pcapper', 'kubectl-pcapper']) {
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'node_modules/.bin', program), 'get', 'x', '--kubeconfig', 'kubeconfig'], { cwd: folder, encoding: 'utf8' });
    if (status !== 1 || !stderr.includes('The kubeconfig has no current cluster')) throw new Error(`${program} is broken: ${stderr}`);
  }
  console.log('programs ok');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
