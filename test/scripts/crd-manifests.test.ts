import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { crdManifests } from '../../scripts/crd-manifests.ts';
import { packetCaptureCrd, packetCaptureSetCrd } from '../../src/api/v1alpha1/index.ts';

const folder = new URL('../../deploy/crds/', import.meta.url);

it('deploy/crds is what src/api/v1alpha1 makes (else run scripts/generate-crds.ts)', async () => {
  const files = await Promise.all((await readdir(folder)).sort().map(async (file) => ({ file, yaml: await readFile(new URL(file, folder), 'utf8') })));
  expect(files).toEqual(crdManifests());
});

it('the files mean the CRDs', () => {
  const parsed = crdManifests().map(({ yaml }) => parse(yaml, { version: '1.1' }) as unknown);
  expect(parsed).toEqual([packetCaptureCrd(), packetCaptureSetCrd()]);
});
