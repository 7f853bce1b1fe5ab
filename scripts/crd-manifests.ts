import { stringify } from 'yaml';
import { packetCaptureCrd } from '../src/api/v1alpha1/crd/packet-capture-crd.ts';
import { packetCaptureSetCrd } from '../src/api/v1alpha1/crd/packet-capture-set-crd.ts';

/** The CRDs as files of deploy/crds/. */
export function crdManifests(): { readonly file: string; readonly yaml: string }[] {
  return [packetCaptureCrd(), packetCaptureSetCrd()].map((crd) => ({
    file: `${crd.spec.names.plural}.yaml`,
    // YAML 1.1 is what Kubernetes reads: it takes an unquoted `no` or `y` for a boolean.
    yaml: `# Made by scripts/generate-crds.ts from src/api/v1alpha1. Do not edit.\n${stringify(crd, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`,
  }));
}
