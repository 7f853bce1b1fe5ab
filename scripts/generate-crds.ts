// Writes the CRDs of src/api to deploy/crds/. `npm run generate:crds -- --help`
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCommandLine } from './command-line.ts';
import { crdManifests } from './crd-manifests.ts';

const FOLDER = join(import.meta.dirname, '..', 'deploy', 'crds');
const HELP = `npm run generate:crds [-- OPTIONS]

Writes the CRDs of src/api/v1alpha1 to deploy/crds/: ${crdManifests().map(({ file }) => file).join(', ')}.

  --help  shows this

Ends with 0, 2 for an unknown option.
`;
readCommandLine(HELP, { options: {} });

await mkdir(FOLDER, { recursive: true });
for (const { file, yaml } of crdManifests()) await writeFile(join(FOLDER, file), yaml);
