import { readFileSync } from 'node:fs';

export interface Table {
  /** Of the section that it stands in. */
  readonly heading: string;
  /** Cells of the rows below its head, without a link or backticks around the whole. */
  readonly rows: readonly (readonly string[])[];
  readonly head: readonly string[];
}

/** The text of a file of docs/. */
export function docsText(file: string): string {
  return readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
}

/** The tables of a Markdown text, with the heading that each stands under. */
export function tablesOf(text: string): readonly Table[] {
  const tables: Table[] = [];
  let heading = '';
  let rows: string[][] = [];
  for (const line of [...text.split('\n'), '']) {
    if (line.startsWith('|')) rows.push(line.slice(1, -1).split('|').map((cell) => plain(cell.trim())));
    else if (rows.length > 0) {
      const [head = [], , ...body] = rows;
      tables.push({ heading, head, rows: body });
      rows = [];
    }
    if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '');
  }
  return tables;
}

function plain(cell: string): string {
  return cell.replace(/^\[([^\]]*)\]\([^)]*\)$/, '$1').replace(/^`([^`]*)`$/, '$1');
}

/** First cells of the tables that begin with that column. */
export function firstCells(tables: readonly Table[], ...columns: readonly string[]): readonly string[] {
  return tables.filter(({ head: [first = ''] }) => columns.includes(first)).flatMap(({ rows }) => rows.map(([cell = '']) => cell));
}
