import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ImageTool } from './image-tool.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NAME = 'pcapper/node:24-bookworm-slim';
const TELL = { stdin: 'ignore', stdout: 2, stderr: 2 } as const;

/**
 * The base of the images: what is given, else node:24-bookworm-slim, else, where no registry is reached, a Debian with the
 * Node.js of this project and npm, made here by debootstrap. That needs root, and takes a minute the first time.
 * @returns its name, and the files of this machine that it takes to reach its package registries while it builds
 */
export async function seeToBase(tool: ImageTool, given?: string): Promise<{ readonly base?: string; readonly files?: Readonly<Record<string, string>> }> {
  if (given !== undefined) return { base: given };
  const files = tool.program === 'buildah' ? await npmFiles() : {};
  if (await tool.has(NAME)) return { base: NAME, files };
  const wanted = 'node:24-bookworm-slim';
  if ((await tool.has(wanted)) || (await tool.pull(wanted))) return {};
  process.stderr.write(`${wanted} cannot be pulled: a local base takes its place\n`);
  await makeLocalBase(tool);
  return { base: NAME, files };
}

async function makeLocalBase(tool: ImageTool): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pcapper-base-'));
  try {
    const root = join(folder, 'root');
    await execa('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', root, ...(await debianMirror())], TELL);
    await rm(join(root, 'var/cache/apt/archives'), { recursive: true, force: true });
    await rm(join(root, 'var/lib/apt/lists'), { recursive: true, force: true });
    const node = join(root, 'usr/local/bin/node');
    await copyFile(join(ROOT, 'node_modules/node/bin/node'), node);
    await chmod(node, 0o755);
    await execa('npm', ['install', '--global', '--prefix', join(root, 'usr/local'), '--no-audit', '--no-fund', 'npm@11'], TELL);
    // As a tar file: a folder would lose its owners.
    await execa('tar', ['--create', '--numeric-owner', '--file', join(folder, 'root.tar'), '--directory', root, '.'], TELL);
    await rm(root, { recursive: true });
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nADD root.tar /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nCMD ["node"]\n');
    await tool.build({ dockerfile: join(folder, 'Dockerfile'), context: folder, name: NAME });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The mirror that this machine's apt uses; none: debootstrap's default. */
async function debianMirror(): Promise<readonly string[]> {
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...(await readdir(folder).catch(() => [])).map((name) => join(folder, name))];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const [, mirror] = /^(?:URIs:|deb(?: \[.*?\])?)\s+(\S+\/debian\/?)(?=\s|$)/m.exec(text) ?? [];
    if (mirror !== undefined) return [mirror];
  }
  return [];
}

/** How npm reaches its registry here: its address, and the certificates that it trusts. */
async function npmFiles(): Promise<Readonly<Record<string, string>>> {
  const setting = async (name: string) => {
    const { stdout } = await execa('npm', ['config', 'get', name], { cwd: ROOT });
    return ['', 'null', 'undefined'].includes(stdout) ? undefined : stdout;
  };
  const [registry, certificates] = [await setting('registry'), (await setting('cafile')) ?? process.env['NODE_EXTRA_CA_CERTS']];
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? tmpdir(), '.cache'), 'pcapper', 'images');
  await mkdir(folder, { recursive: true });
  const inside = '/run/npm-certificates.pem';
  await writeFile(join(folder, 'npmrc'), [registry && `registry=${registry}`, certificates && `cafile=${inside}`, ''].filter((line) => line !== undefined).join('\n'));
  return { '/root/.npmrc': join(folder, 'npmrc'), ...(certificates && { [inside]: certificates }) };
}
