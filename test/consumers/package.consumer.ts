import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { ConsumerProject } from './consumer-project.ts';

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
}

const { files, size, unpackedSize } = inject('packed');
const paths = files.map(({ path }) => path);

let project: ConsumerProject;
let dist: string;
beforeAll(async () => {
  project = await ConsumerProject.install('es-module');
  dist = join(project.path, 'node_modules/pcapper/dist');
});

describe('the packed package', () => {
  it('has what was built, the CRDs, its documentation and the examples that this shows; no source, no test, nothing else', () => {
    const others = paths.filter((path) => !/^(dist\/[\w-]+\.(js|cjs|d\.ts|d\.cts|js\.map|cjs\.map)|deploy\/crds\/packetcapture(set)?s\.yaml|docs\/[\w/-]+\.md|examples\/(custom-controller|operator|standalone-agent)\/.*)$/.test(path));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/cli.js.LEGAL.txt', 'package.json']);
  });

  it('has what its pages link to, except what concerns the repository', () => {
    const inRepository = new Set(['CONTRIBUTING.md', 'api']);
    const pages = paths.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md');
    expect(pages).toContain('docs/README.md');
    const dead = pages.flatMap((page) => {
      const text = readFileSync(join(dist, '..', page), 'utf8');
      const targets = [...text.matchAll(/\]\((?!https?:|#)([^)\s#]+)/g)].map(([, link = '']) => join(dirname(page), link));
      return targets.filter((target) => !inRepository.has(target) && !existsSync(join(dist, '..', target))).map((target) => `${page} -> ${target}`);
    });
    expect(dead).toEqual([]);
  });

  it('has for each entry an ES module, a CommonJS module, and types for both', () => {
    for (const entry of ['index', 'kubernetes', 'operator', 'di', 'testing']) {
      for (const ending of ['js', 'cjs', 'd.ts', 'd.cts']) expect(paths).toContain(`dist/${entry}.${ending}`);
    }
  });

  it('keeps to its size: 1.6 MB to fetch, 6.3 MB on the disk, 0.75 MB of it ES modules', () => {
    expect(size).toBeLessThan(1_600_000);
    expect(unpackedSize).toBeLessThan(6_300_000);
    const modules = files.filter(({ path }) => /^dist\/(?!cli).*\.js$/.test(path));
    expect(modules.reduce((sum, file) => sum + file.size, 0)).toBeLessThan(750_000);
  });

  it('has a map for each module but the program, whole: with the text of each source, and no path of the machine', () => {
    const modules = paths.filter((path) => /\.c?js$/.test(path) && path !== 'dist/cli.js');
    expect(paths.filter((path) => path.endsWith('.map')).sort()).toEqual(modules.map((path) => `${path}.map`).sort());
    for (const path of modules) {
      const text = readFileSync(join(dist, '..', path), 'utf8');
      expect(text.trimEnd().split('\n').at(-1), path).toBe(`//# sourceMappingURL=${path.replace('dist/', '')}.map`);
      const { sources, sourcesContent = [] } = JSON.parse(readFileSync(join(dist, '..', `${path}.map`), 'utf8')) as SourceMap;
      expect(sources.filter((source) => !/^\.\.\/(src\/[\w/-]+\.ts|package\.json)$/.test(source)), path).toEqual([]);
      expect(sourcesContent.filter((content) => content !== null && content !== ''), path).toHaveLength(sources.length);
    }
  });

  it.each(['ES module', 'CommonJS'])('tells by its maps where the source throws (%s)', async (kind) => {
    const options = kind === 'CommonJS' ? ['--no-experimental-require-module'] : [];
    const { stack } = (await project.node('--enable-source-maps', ...options, 'broken.js', kind)) as { stack: readonly string[] };
    const [, line] = /src\/core\/quantity\.ts:(\d+)/.exec(stack.join('\n')) ?? [];
    const source = readFileSync(join(import.meta.dirname, '../../src/core/quantity.ts'), 'utf8').split('\n');
    expect(source[Number(line) - 1]).toContain('Error(');
  });

  it('names no optional peer in the types of its main entry, nor in those of its tests', () => {
    const peers = /@kubernetes\/client-node|prom-client|reflect-metadata|tsyringe/;
    for (const entry of ['index', 'testing', 'operator', 'kubernetes']) {
      const texts = typesOf(`${entry}.d.ts`);
      expect(texts.size).toBeGreaterThan(0);
      for (const [file, text] of texts) expect([...text.matchAll(/(?:from|import\()\s*'([^'.][^']*)'/g)].map(([, name]) => name).filter((name = '') => peers.test(name)), file).toEqual([]);
    }
  });

  it.each([
    ['pcapper', []],
    ['pcapper/kubernetes', []],
    ['pcapper/operator', []],
    ['pcapper/di', ['check-disk-space']],
    ['pcapper/testing', []],
  ])('loads by import of %s no package but %j', async (entry, packages) => {
    const { loaded } = (await project.node('loaded.js', entry)) as { loaded: readonly string[] };
    const others = loaded.flatMap((url) => /node_modules\/(?!pcapper\/)((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    expect(loaded.some((url) => url.includes('node_modules/pcapper/dist/'))).toBe(true);
    expect([...new Set(others)]).toEqual(packages);
  });

  it('says what is missing where no optional peer is installed, and how to get it', async () => {
    expect(await project.node('without-peers.js')).toEqual({
      settings: 'n1',
      rules: 'function',
      missing: [
        'PackageMissing: A kubeconfig is read by the package @kubernetes/client-node, which is not installed. Install it: npm install @kubernetes/client-node.',
        'PackageMissing: Metrics are counted with the package prom-client, which is not installed. Install it: npm install prom-client.',
        'PackageMissing: A container is made with the packages tsyringe and reflect-metadata, which are not both installed. Install them: npm install tsyringe reflect-metadata.',
      ],
    });
  });

  it.each(['pcapper', 'kubectl-pcapper'])('has the program %s, which needs no optional peer', async (program) => {
    const run = project.run(join('node_modules/.bin', program), 'get', 'x', '--kubeconfig', 'package.json');
    await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('The kubeconfig has no current cluster') as string });
  });

  /** The text of a file of types and of those of ours that it imports. */
  function typesOf(file: string, known = new Map<string, string>()): ReadonlyMap<string, string> {
    if (known.has(file)) return known;
    const text = readFileSync(join(dist, file), 'utf8');
    known.set(file, text);
    for (const [, imported = ''] of text.matchAll(/from '\.\/([\w-]+)\.js'/g)) typesOf(`${imported}.d.ts`, known);
    return known;
  }
});
