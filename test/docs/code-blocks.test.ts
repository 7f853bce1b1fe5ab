import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import * as ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { docsText } from './markdown-tables.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface Block {
  /** The file that it names in its first line. */
  readonly file: string;
  readonly code: string;
}

/** The TypeScript of a page, each block a file. */
function blocksOf(page: string): readonly Block[] {
  return [...docsText(page).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => {
    const file = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
    if (file === undefined) throw new Error(`docs/${page}: a block does not begin with the name of its file: ${code.slice(0, 60)}`);
    return { file, code };
  });
}

/** What the compiler says of the blocks, as if they lay in the project. */
function complaintsAbout(blocks: readonly Block[]): readonly string[] {
  const config = ts.parseJsonConfigFileContent(ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config, ts.sys, ROOT);
  const folder = join(ROOT, 'docs');
  const texts = new Map(blocks.map(({ file, code }) => [join(folder, file), code]));
  const host = ts.createCompilerHost(config.options);
  const hostWithBlocks: ts.CompilerHost = {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    readFile: (path) => texts.get(path) ?? host.readFile(path),
    getSourceFile: (path, version) => {
      const text = texts.get(path);
      return text === undefined ? host.getSourceFile(path, version) : ts.createSourceFile(path, text, version);
    },
  };
  const program = ts.createProgram([...texts.keys()], config.options, hostWithBlocks);
  const diagnostics = [...texts.keys()].flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)));
  return diagnostics.map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

/** Runs a block that lies in a folder with the others of its page. */
async function run(path: string): Promise<string> {
  const { stdout } = await execa(process.execPath, ['--import', join(import.meta.dirname, 'from-source.mjs'), ...(path.endsWith('.test.ts') ? ['--test', '--test-reporter=tap'] : []), path], {
    cwd: dirname(path),
    // vitest's own settings would have node:test report to it.
    env: { NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined },
  });
  return stdout;
}

describe.each(['testing.md', 'dependency-injection.md'])('code in docs/%s', { timeout: 300_000 }, (page) => {
  const blocks = blocksOf(page);

  it('compiles', () => expect(complaintsAbout(blocks)).toEqual([]));

  it('runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pcapper-docs-'));
    try {
      for (const { file, code } of blocks) await writeFile(join(folder, file), code);
      for (const { file } of blocks) {
        const report = await run(join(folder, file));
        if (file.endsWith('.test.ts')) expect(report).toMatch(/# pass [1-9]\d*\n# fail 0/);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
