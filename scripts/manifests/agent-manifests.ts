import { agentRules } from '../../src/operator/rights.ts';
import { AGENT } from './names.ts';
import { grants, type Manifest, serviceAccount } from './role.ts';

/** What the agents' Pods run as. The DaemonSet itself is the operator's. */
export function agentManifests(): Manifest[] {
  return [serviceAccount(AGENT), ...grants(AGENT, agentRules())];
}
