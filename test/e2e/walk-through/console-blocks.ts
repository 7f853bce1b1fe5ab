/** A command of a walk-through, and what it is to print. */
export interface Step {
  readonly command: string;
  /** Lines; `…` in a line stands for any text, a line of nothing but `…` for any lines. */
  readonly output: readonly string[];
  /** In its file, from 1. */
  readonly line: number;
}

/** The commands of all `console` blocks of a Markdown text: lines that begin with `$ `, continued behind a backslash. */
export function stepsOf(markdown: string): readonly Step[] {
  const steps: { command: string; output: string[]; line: number }[] = [];
  let inBlock = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    const last = steps.at(-1);
    if (/^```/.test(line)) inBlock = line === '```console';
    else if (!inBlock) continue;
    else if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [], line: index + 1 });
    else if (last?.output.length === 0 && last.command.endsWith('\\')) last.command += `\n${line}`;
    else last?.output.push(line);
  }
  return steps;
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
