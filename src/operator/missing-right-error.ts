import { ApiStatusError } from '../adapters/kubernetes/index.ts';
import { CaptureError } from '../core/errors/index.ts';
import type { PolicyRule } from './policy-rule.ts';

/** The operator's ServiceAccount may not do what it has to. */
export class MissingRightError extends CaptureError {
  override readonly code = 'MissingRight';

  /** @param refused the API server's words. @param role `Role` or `ClusterRole`. */
  constructor(refused: string, role: 'Role' | 'ClusterRole', rules: readonly PolicyRule[], options?: ErrorOptions) {
    super({ problem: `The operator lacks a right: ${refused}.`, advice: `Grant it by a ${role} with the rules ${JSON.stringify(rules)}.` }, options);
  }
}

/** The same error with the rules to grant, if RBAC has refused it; else as it was. */
export function explainMissingRight(error: unknown, role: 'Role' | 'ClusterRole', rules: readonly PolicyRule[]): unknown {
  const refused = ApiStatusError.is(error) && error.statusCode === 403 ? error.status?.message : undefined;
  // Admission answers with 403, too, and means something else (k8s.io/apiserver, responsewriters.ForbiddenMessage).
  return refused?.includes(' cannot ') ? new MissingRightError(refused, role, rules, { cause: error }) : error;
}
