import { readdirSync } from 'node:fs';
import type { Subject } from './figure.ts';

const FIGURES = new URL('./figures/', import.meta.url);

/** All subjects, by the names of their files. */
export async function loadSubjects(): Promise<readonly Subject[]> {
  const files = readdirSync(FIGURES).filter((name) => name.endsWith('.ts')).sort();
  const modules = await Promise.all(files.map((name) => import(new URL(name, FIGURES).href) as Promise<{ readonly subject: Subject }>));
  return modules.map(({ subject }) => subject);
}

/** Whether a figure is asked for: by its name, the beginning of its name up to a dot, or because none is named. */
export function isAskedFor(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((asked) => name === asked || name.startsWith(`${asked}.`));
}

/** @throws Error that names what is no figure */
export function checkNames(only: readonly string[], subjects: readonly Subject[]): void {
  const names = subjects.flatMap((subject) => subject.names);
  const unknown = only.find((asked) => !names.some((name) => isAskedFor(name, [asked])));
  if (unknown !== undefined) throw new Error(`There is no figure ${JSON.stringify(unknown)}. There are: ${names.join(', ')}`);
}
