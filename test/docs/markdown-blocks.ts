import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** Every page that people write, by its path in the project. */
export const PAGES: readonly string[] = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', '.changeset/README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()];

/** A fenced block of code. */
export interface Block {
  readonly page: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  /** Empty where it names none. */
  readonly language: string;
  readonly text: string;
}

/** The blocks of a Markdown text. Fences as CommonMark has them: of backticks or tildes, indented or not, closed by one as long or by the end. */
export function blocksOfText(page: string, markdown: string): readonly Block[] {
  const blocks: Omit<Block, 'page'>[] = [];
  let open: { readonly fence: string; readonly indent: RegExp; readonly language: string; readonly line: number; text: string } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, indent = '', fence = '', info = ''] = /^( *(?:[-*+] +|\d+[.)] +)?)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== '') open = { fence, indent: new RegExp(`^ {0,${indent.length}}`), language: info.trim(), line: index + 2, text: '' };
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      blocks.push(open);
      open = undefined;
    } else {
      open.text += `${line.replace(open.indent, '')}\n`;
    }
  }
  return [...blocks, ...(open ? [open] : [])].map(({ line, language, text }) => ({ page, line, language, text }));
}

export function blocksOf(page: string): readonly Block[] {
  return blocksOfText(page, readFileSync(join(ROOT, page), 'utf8'));
}
