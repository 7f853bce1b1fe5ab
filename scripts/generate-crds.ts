import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { crdManifests } from './crd-manifests.ts';

/** Writes the CRDs of src/api to deploy/crds/. */
const folder = fileURLToPath(new URL('../deploy/crds/', import.meta.url));
await mkdir(folder, { recursive: true });
for (const { file, yaml } of crdManifests()) await writeFile(`${folder}${file}`, yaml);
