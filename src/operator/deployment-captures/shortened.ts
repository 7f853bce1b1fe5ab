import { hashOf } from '../jobs/capture-job.ts';

/** A name of at most so many characters: cut, with a hash of what it stands for, the same way every time. */
export function shortened(name: string, most: number, standsFor = name): string {
  const hash = hashOf(standsFor);
  return `${name.slice(0, most - hash.length - 1).replace(/[^A-Za-z0-9]+$/, '')}-${hash}`;
}
