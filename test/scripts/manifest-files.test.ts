import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { manifestFiles } from '../../scripts/manifests/manifest-files.ts';

const deploy = (file: string) => new URL(`../../deploy/${file}`, import.meta.url);

it('deploy/ is what the project makes (else run npm run manifests)', async () => {
  for (const [file, text] of manifestFiles()) expect(await readFile(deploy(file), 'utf8'), file).toBe(text);
});

it('what is applied by kubectl apply -f and by kubectl apply -k are the same objects', () => {
  const files = manifestFiles();
  const objects = (file: string) => parseAllDocuments(files.get(file) ?? '', { version: '1.1' }).map((document) => document.toJS() as object);
  const [kustomization] = objects('base/kustomization.yaml') as [{ readonly resources: readonly string[] }];
  expect(kustomization.resources.flatMap((file) => objects(`base/${file}`))).toEqual(objects('install.yaml'));
});
