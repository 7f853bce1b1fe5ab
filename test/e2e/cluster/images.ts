import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { componentsToBuild } from './requirements.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ARCHIVES = { 'e2e-traffic.tar': 'pcapper/e2e-traffic:1', 'agent.tar': '', 'operator.tar': '', 'incident-controller.tar': '' };

/** Where {@link saveImages} puts them. */
export const IMAGES = join(ROOT, 'artifacts', 'images');

export interface ImageArchive {
  readonly name: string;
  readonly archive: string;
}

/** Builds the images of this checkout. What that says goes to stderr. */
export async function saveImages(): Promise<void> {
  await runScript('scripts/images.ts', '--e2e', '--save', IMAGES);
}

/** Builds what is missing of Kubernetes. What that says goes to stderr. */
export async function buildComponents(): Promise<void> {
  const missing = await componentsToBuild();
  if (missing.length > 0) await runScript('scripts/setup-kube-apiserver.ts', ...missing);
}

/** Docker archives as {@link LocalClusterOptions.images} has them. */
export function savedImages(): readonly ImageArchive[] {
  return Object.entries(ARCHIVES).map(([file, name]) => ({ name, archive: join(IMAGES, file) })).filter(({ archive }) => existsSync(archive));
}

async function runScript(script: string, ...argv: readonly string[]): Promise<void> {
  await execa(process.execPath, [script, ...argv], { cwd: ROOT, stdio: ['ignore', 2, 2] });
}
