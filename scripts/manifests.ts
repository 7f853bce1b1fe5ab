// Writes the generated files of deploy/: `npm run manifests`. With `-- --check` it only says which of them are not current.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { manifestFiles } from './manifests/manifest-files.ts';

const DEPLOY = join(import.meta.dirname, '..', 'deploy');
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const [file, text] of manifestFiles()) {
  const path = join(DEPLOY, file);
  if (!values.check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (presentText(path) !== text) {
    console.error(`deploy/${file} is not current: run npm run manifests`);
    process.exitCode = 1;
  }
}

function presentText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
