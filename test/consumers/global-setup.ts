import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** Empty but for the packed package; projects are made in it. */
    readonly folder: string;
    readonly packed: PackedPackage;
  }
}

/** What npm pack says. */
export interface PackedPackage {
  readonly filename: string;
  /** Bytes of the tarball. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Packs what was built. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'pcapper-consumers-'));
  const told = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], { cwd: ROOT, encoding: 'utf8' });
  const [packed] = JSON.parse(told) as [PackedPackage];
  project.provide('folder', folder);
  project.provide('packed', packed);
  return () => rmSync(folder, { recursive: true, force: true });
}
