import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import * as ts from 'typescript';
import { blocksOfText } from './markdown-blocks.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** By the word after the fence. */
const LANGUAGES: Readonly<Record<string, string>> = { ts: 'ts', typescript: 'ts', mts: 'mts', cts: 'cts', js: 'js', javascript: 'js', mjs: 'mjs', cjs: 'cjs' };

/** Reports of the API and decisions are no documentation of how to use it; node_modules and artifacts are not ours. */
const NOT_PAGES = /(^|\/)(node_modules|artifacts|dist|bundle)\/|^api\/|^docs\/decisions\//;

/** A block of code that a reader may copy into a file. */
export interface CodeBlock {
  /** What its first line names, `// file.ts`; else by its number on the page. */
  readonly file: string;
  readonly code: string;
}

/** Every page with TypeScript or JavaScript on it: paths from the project's root. */
export function pagesWithCode(): readonly string[] {
  return globSync('**/*.md', { cwd: ROOT, exclude: (path) => path === 'node_modules' || path === 'artifacts' })
    .filter((path) => !NOT_PAGES.test(path) && codeBlocksOf(path).length > 0)
    .sort();
}

/** The TypeScript and JavaScript of a page, in its order. */
export function codeBlocksOf(page: string): readonly CodeBlock[] {
  return codeBlocksIn(readFileSync(join(ROOT, page), 'utf8'));
}

/** The same of a text. */
export function codeBlocksIn(markdown: string): readonly CodeBlock[] {
  const blocks = blocksOfText('', markdown).flatMap(({ language, text }) => {
    const extension = LANGUAGES[/^[\w-]*/.exec(language.toLowerCase())?.[0] ?? ''];
    return extension === undefined ? [] : [{ extension, code: text }];
  });
  return blocks.map(({ extension, code }, at) => ({ file: /^\/\/ ([\w.-]+\.[mc]?[jt]s)\b/.exec(code)?.[1] ?? `block-${at + 1}.${extension}`, code }));
}

interface CodeBlocksOptions {
  readonly blocks?: readonly CodeBlock[];
  readonly within?: string;
  readonly options?: readonly string[];
}

interface HowToRun {
  /** Of its command. */
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The code of a page as files of one folder, which import each other by their names. */
export class CodeBlocks implements Disposable {
  readonly files: readonly string[];
  readonly #folder: string;
  readonly #options: readonly string[];

  /**
   * @param within folder that its folder is made in; the packages there are those that it imports. Default: this project
   * @param options of Node.js. Default: those that take the source for the package
   */
  constructor(page: string, { blocks = codeBlocksOf(page), within = join(ROOT, 'artifacts'), options = ['--import', join(import.meta.dirname, 'from-source.mjs')] }: CodeBlocksOptions = {}) {
    this.files = blocks.map(({ file }) => file);
    const [twice] = this.files.filter((file, at) => this.files.indexOf(file) !== at);
    if (twice !== undefined) throw new Error(`${page} has two blocks ${twice}`);
    mkdirSync(within, { recursive: true });
    this.#folder = mkdtempSync(join(within, 'code-blocks-'));
    this.#options = options;
    for (const { file, code } of blocks) writeFileSync(this.path(file), code);
  }

  path(file: string): string {
    return join(this.#folder, file);
  }

  /** What the type checker finds with the project's own settings, a line each. */
  errors(): readonly string[] {
    const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config as object;
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
    const paths = this.files.map((file) => this.path(file));
    const program = ts.createProgram({ rootNames: paths, options: { ...options, allowJs: true, checkJs: true } });
    return paths.flatMap((path) => {
      const source = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start = 0, messageText }) => {
        const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
        return `${path.slice(this.#folder.length + 1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      });
    });
  }

  /** Runs a file of it. @returns what it wrote to stdout */
  async run(file: string, how: HowToRun = {}): Promise<string> {
    const { stdout } = await this.start(file, how);
    return stdout;
  }

  /** Begins to run a file of it; what is returned is its process, and resolves when that has ended well. */
  start(file: string, { prefix = [], env = {} }: HowToRun = {}) {
    const asTest = /\.test\.[mc]?[jt]s$/.test(file) ? ['--test', '--test-reporter=tap'] : [];
    const [program, ...argv] = [...prefix, process.execPath, ...this.#options, ...asTest, this.path(file)];
    // vitest's own settings would have node:test report to it. What it leaves behind goes with the folder.
    return execa(program, argv, { cwd: this.#folder, env: { TMPDIR: this.#folder, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined, ...env } });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
