import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { docsText } from './markdown-tables.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The TypeScript blocks of a file of docs/, as files that can be imported; by name, in their order. */
export class CodeBlocks<Name extends string> implements Disposable {
  readonly #folder: string;
  readonly #names: readonly Name[];

  constructor(file: string, names: readonly Name[]) {
    const blocks = [...docsText(file).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
    if (blocks.length !== names.length) throw new Error(`docs/${file} has ${blocks.length} blocks of TypeScript, not ${names.length}`);
    // Inside the project, so that its packages are found.
    mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
    this.#folder = mkdtempSync(join(ROOT, 'artifacts/code-blocks-'));
    this.#names = names;
    for (const [at, text] of blocks.entries()) writeFileSync(this.path(names[at] as Name), text);
  }

  path(name: Name): string {
    return join(this.#folder, `${name}.ts`);
  }

  /** What the type checker finds, a line each. */
  errors(): readonly string[] {
    const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config as object;
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: this.#names.map((name) => this.path(name)) }, ts.sys, ROOT);
    const program = ts.createProgram({ rootNames: this.#names.map((name) => this.path(name)), options });
    return this.#names.flatMap((name) => {
      const source = program.getSourceFile(this.path(name));
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start = 0, messageText }) => {
        const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
        return `${name}.ts:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      });
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
