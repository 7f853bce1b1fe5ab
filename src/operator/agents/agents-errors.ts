import { ApiStatusError } from '../../adapters/kubernetes/index.ts';
import { CaptureError } from '../../core/errors/index.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { AGENT_DAEMON_SET } from './agent-daemon-set.ts';
import { agentsRules } from './agents-rules.ts';

/** There is a DaemonSet of our name that cannot become ours. */
export class DaemonSetForeignError extends CaptureError {
  override readonly code = 'DaemonSetForeign';

  /** @param refusal the API server's words. */
  constructor(namespace: string, refusal: string, options?: ErrorOptions) {
    super(
      {
        problem: `There is a DaemonSet ${namespace}/${AGENT_DAEMON_SET} that is not pcapper's: ${refusal}.`,
        advice: `If it is not in use, delete it with kubectl -n ${namespace} delete daemonset ${AGENT_DAEMON_SET}.`,
      },
      options,
    );
  }
}

/** The API server does not take the DaemonSet. */
export class DaemonSetRefusedError extends CaptureError {
  override readonly code = 'DaemonSetRefused';

  /** @param refusal the API server's words. */
  constructor(namespace: string, configMap: string, refusal: string, options?: ErrorOptions) {
    super(
      {
        problem: `The DaemonSet ${namespace}/${AGENT_DAEMON_SET} was refused: ${refusal}.`,
        advice: `Correct the ConfigMap ${namespace}/${configMap}, or the admission policy that refuses it.`,
      },
      options,
    );
  }
}

/** Why a call for the agents failed, in words that help; as it was where nothing more can be said. */
export function explainAgentsFailure(error: unknown, namespace: string, configMap: string): unknown {
  if (!ApiStatusError.is(error)) return error;
  const selector = error.details?.causes?.find(({ field }) => field === 'spec.selector');
  if (selector) return new DaemonSetForeignError(namespace, `spec.selector: ${selector.message ?? 'field is immutable'}`, { cause: error });
  const explained = explainMissingRight(error, 'Role', agentsRules(configMap));
  const isRefusal = explained === error && (error.statusCode === 422 || error.statusCode === 403 || error.statusCode === 400);
  return isRefusal ? new DaemonSetRefusedError(namespace, configMap, error.status?.message ?? error.message, { cause: error }) : explained;
}
