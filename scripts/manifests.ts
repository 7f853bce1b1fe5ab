// Writes the generated files of deploy/. `npm run manifests -- --help`
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readCommandLine } from './command-line.ts';
import { manifestFiles } from './manifests/manifest-files.ts';

const DEPLOY = join(import.meta.dirname, '..', 'deploy');
const HELP = `npm run manifests [-- OPTIONS]

Writes the generated files of deploy/: ${[...manifestFiles().keys()].join(', ')}.

  --check   writes nothing, and says which of them are not current
  --help    shows this

Ends with 0, with --check 1 when a file is not current, 2 for an unknown option.
`;
const { values } = readCommandLine(HELP, { options: { check: { type: 'boolean', default: false } } });

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
