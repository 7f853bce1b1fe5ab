import { spawnSync } from 'node:child_process';
import type { Block } from './markdown-blocks.ts';

/** A command of a page. */
export interface Step {
  /** Without the comment behind it. */
  readonly command: string;
  /** What it is to print: `…` in a line stands for any text, a line of nothing but `…` for any lines. Absent: only that it succeeds is told. */
  readonly output?: readonly string[];
  /** In its page, from 1. */
  readonly line: number;
}

/**
 * The commands of a block: of `sh`, each that bash takes for a whole one; of `console`, lines that begin with `$ `, continued
 * behind a backslash, with what follows as their output; of `yaml`, its objects of pcapper's API, applied. None in any other.
 */
export function stepsOf(block: Block): readonly Step[] {
  if (block.language === 'console') return consoleSteps(block);
  if (block.language === 'sh') return shellSteps(block);
  const isCapture = block.language === 'yaml' && /^apiVersion: pcapper\.io\//m.test(block.text);
  return isCapture ? [{ command: `kubectl apply -f - <<'END'\n${block.text}END`, line: block.line }] : [];
}

function consoleSteps({ line: first, text }: Block): readonly Step[] {
  const steps: { command: string; output: string[]; line: number }[] = [];
  for (const [index, line] of linesOf(text).entries()) {
    const last = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [], line: first + index });
    else if (last?.output.length === 0 && last.command.endsWith('\\')) last.command += `\n${line}`;
    else last?.output.push(line);
  }
  return steps;
}

function shellSteps({ line: first, text, page }: Block): readonly Step[] {
  const steps: Step[] = [];
  let begun: { command: string; line: number } | undefined;
  for (const [index, line] of linesOf(text).entries()) {
    if (begun === undefined && /^\s*(?:#|$)/.test(line)) continue;
    begun = { command: begun ? `${begun.command}\n${line}` : line, line: begun?.line ?? first + index };
    if (complaintOf(begun.command) !== '') continue;
    steps.push({ ...begun, command: begun.command.replace(/ +# .*$/, '') });
    begun = undefined;
  }
  if (begun) throw new Error(`${page}:${begun.line}: bash does not understand it: ${complaintOf(begun.command)}`);
  return steps;
}

/** What bash says of a command without running it; empty when it is a whole one. */
function complaintOf(command: string): string {
  if (command.endsWith('\\')) return 'it ends with a backslash';
  return spawnSync('bash', ['-n'], { input: `${command}\n`, encoding: 'utf8' }).stderr;
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}

/** What an output must match as a whole. */
export function patternOf(output: readonly string[]): RegExp {
  const lines = output.map((line) => (line === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}\\n`));
  return new RegExp(`^${lines.join('')}$`);
}

function escaped(text: string): string {
  // What kubectl pads its columns with depends on the widest cell.
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&').replaceAll(/ {2,}/g, ' {2,}');
}
