// Builds the images of the examples. `npm run images -- --help`
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from './command-line.ts';
import { findImageTool } from './images/image-tool.ts';
import { seeToBase } from './images/local-base.ts';

const ROOT = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const IMAGES = [
  { name: `pcapper/agent:${version}`, folder: 'examples/standalone-agent', context: '.', archive: 'agent.tar' },
  { name: `pcapper/operator:${version}`, folder: 'examples/operator', context: '.', archive: 'operator.tar' },
];
const FOR_E2E = [
  { name: 'pcapper/e2e-traffic:1', folder: 'test/e2e/traffic', context: 'test/e2e/traffic', archive: 'e2e-traffic.tar' },
  { name: 'example.com/incident-controller:1', folder: 'examples/custom-controller', context: '.', archive: 'incident-controller.tar' },
];

const HELP = `npm run images [-- OPTIONS]

Builds the images ${IMAGES.map(({ name }) => name).join(' and ')}
with docker, podman or buildah, whichever answers first, and prints their names.

  --save FOLDER  also writes them there as docker archives: ${IMAGES.map(({ archive }) => archive).join(', ')}
  --base IMAGE   on this base instead of node:24-bookworm-slim. It needs node, npm and apt-get
  --e2e          also ${FOR_E2E.map(({ name }) => name).join(', ')}, which the e2e tests run
  --help         shows this

Where node:24-bookworm-slim cannot be pulled and none is given, a base is made with debootstrap (as root).
Ends with 0, with 1 when nothing here builds images or it failed, 2 for an unknown option.
`;

const { values } = readCommandLine(HELP, { options: { save: { type: 'string' }, base: { type: 'string' }, e2e: { type: 'boolean', default: false } } });
const tool = await findImageTool();
if (tool === undefined) {
  process.stderr.write('no docker, podman or buildah answers here. Install one: apt-get install -y --no-install-recommends buildah debootstrap\n');
  process.exit(1);
}
const base = await seeToBase(tool, values.base);
if (values.save !== undefined) mkdirSync(values.save, { recursive: true });
for (const { name, folder, context, archive } of [...IMAGES, ...(values.e2e ? FOR_E2E : [])]) {
  const dockerfile = join(ROOT, folder, 'Dockerfile');
  if (!existsSync(dockerfile)) continue;
  await tool.build({ dockerfile, context: join(ROOT, context), name, ...base });
  if (values.save !== undefined) {
    const path = join(values.save, archive);
    // Nobody adds to an archive.
    rmSync(path, { force: true });
    await tool.save(name, path);
  }
  console.log(name);
}
