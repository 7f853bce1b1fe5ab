import { ApiStatusError } from '../../adapters/kubernetes/index.ts';
import { GROUP, VERSION } from '../../api/v1alpha1/group.ts';
import { CaptureError } from '../../core/errors/index.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { crdRules } from './crd-rules.ts';

/** Another CRD of the group has a name that ours needs: it is not served. */
export class CrdNamesTakenError extends CaptureError {
  override readonly code = 'CrdNamesTaken';

  /** @param refusal the API server's words. */
  constructor(crd: string, refusal: string) {
    super({
      problem: `The CRD ${crd} is not accepted: ${refusal}.`,
      advice: `Another CRD of the group ${GROUP} has that name. Find it with kubectl get crds | grep ${GROUP}, and remove it.`,
    });
  }
}

/** Objects may still be stored in a version that this operator does not know. */
export class CrdStoredVersionsError extends CaptureError {
  override readonly code = 'CrdStoredVersions';

  constructor(crd: string, versions: readonly string[], options?: ErrorOptions) {
    super(
      {
        problem: `The CRD ${crd} cannot be updated: its objects were stored as ${versions.join(', ')}, and this operator knows ${VERSION}.`,
        advice:
          `Run the operator that knows ${versions.join(', ')}, or rewrite the objects as ${VERSION} and take the others out of ` +
          'status.storedVersions: see "Upgrade existing objects to a new stored version" in the documentation of Kubernetes.',
      },
      options,
    );
  }
}

/** Something else has made a CRD of our name that cannot become ours. */
export class CrdForeignError extends CaptureError {
  override readonly code = 'CrdForeign';

  /** @param differs what cannot be changed, in the API server's words. */
  constructor(crd: string, differs: string, options?: ErrorOptions) {
    super(
      {
        problem: `There is a CRD ${crd} that is not pcapper's: ${differs}.`,
        advice: `If it is not in use, delete it with kubectl delete crd ${crd}; all objects of it go with it.`,
      },
      options,
    );
  }
}

/** Why the API server refused a CRD, in words that help; as it was where nothing more can be said. */
export function explainRefusal(error: unknown, crd: string): unknown {
  if (!ApiStatusError.is(error)) return error;
  const causes = error.details?.causes ?? [];
  const stored = causes.filter(({ field }) => field?.startsWith('status.storedVersions'));
  if (stored.length > 0) {
    return new CrdStoredVersionsError(crd, stored.map(({ message }) => /"([^"]*)"/.exec(message ?? '')?.[1] ?? 'another version'), { cause: error });
  }
  const scope = causes.find(({ field }) => field === 'spec.scope');
  if (scope) return new CrdForeignError(crd, `spec.scope: ${scope.message ?? 'field is immutable'}`, { cause: error });
  return explainMissingRight(error, 'ClusterRole', crdRules([crd]));
}
