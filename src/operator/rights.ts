import type { Dispatch } from '../adapters/environment/operator-settings.ts';
import { crdName, GROUP, PACKET_CAPTURE, PACKET_CAPTURE_SET } from '../api/v1alpha1/group.ts';
import { agentsRules } from './agents/agents-rules.ts';
import { DEPLOYMENT_CAPTURE_CRD_RULES, DEPLOYMENT_CAPTURE_RULES } from './deployment-captures/index.ts';
import { EVENT_RULES } from './event-rules.ts';
import { crdRules } from './install/crd-rules.ts';
import { ownInstallationRules } from './install/own-installation.ts';
import { dispatchRules, WAIT_FOR_TARGET_RULES } from './jobs/dispatch-rules.ts';
import { leaseRules } from './lease/lease-api.ts';
import { OPERATOR_LEASE } from './lease/operator-lease.ts';
import type { PolicyRule } from './policy-rule.ts';
import { RETENTION_RULES } from './retention/retention.ts';
import { SET_RULES, SET_TARGET_RULES } from './sets/index.ts';
import { FIND_TARGET_RULES, TARGET_RULES } from './targets/target-rules.ts';

/** What a ServiceAccount may do. */
export interface Rights {
  /** Of a Role in the namespace of pcapper. */
  readonly inNamespace: readonly PolicyRule[];
  /** Of a ClusterRole. */
  readonly inCluster: readonly PolicyRule[];
}

/** What the operator's rights name. */
export interface OperatorNames {
  /** Its own, which is that of its agents and of all PacketCaptures. */
  readonly namespace: string;
  /** Its own Deployment. */
  readonly deployment?: string | undefined;
  /** Name of the ConfigMap with the settings of the agents. */
  readonly configMap: string;
}

/** What the operator needs, all its parts together. */
export function operatorRules({ namespace, deployment, configMap }: OperatorNames, dispatch: Dispatch = 'agent'): Rights {
  const isJob = dispatch === 'job';
  const inCluster = merged([
    ...crdRules([PACKET_CAPTURE, PACKET_CAPTURE_SET].map(crdName)),
    ...FIND_TARGET_RULES,
    ...(isJob ? [...WAIT_FOR_TARGET_RULES, ...DEPLOYMENT_CAPTURE_CRD_RULES] : []),
    ...SET_TARGET_RULES,
  ]);
  const inNamespace = merged([
    ...leaseRules(OPERATOR_LEASE),
    ...ownInstallationRules({ namespace, deployment }),
    ...(isJob ? [...dispatchRules(configMap), ...DEPLOYMENT_CAPTURE_RULES] : agentsRules(configMap)),
    ...RETENTION_RULES,
    ...TARGET_RULES,
    ...SET_RULES,
    ...EVENT_RULES,
  ]);
  return { inNamespace: inNamespace.filter((rule) => ![...inCluster, ...inNamespace].some((wider) => wider !== rule && covers(wider, rule))), inCluster };
}

/** What an agent needs: it reads the Pods of its node, and writes the status and the Events of PacketCaptures. */
export function agentRules(): Rights {
  return {
    inNamespace: [
      { apiGroups: [GROUP], resources: [PACKET_CAPTURE.plural], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [GROUP], resources: [`${PACKET_CAPTURE.plural}/status`], verbs: ['patch'] },
      ...EVENT_RULES,
    ],
    inCluster: [
      // RBAC cannot limit it to the Pods of a node; an agent asks for no others.
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
      // Files of captures that went with the CRD are kept.
      { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], resourceNames: [crdName(PACKET_CAPTURE)], verbs: ['get'] },
    ],
  };
}

/**
 * What an agent needs whose source are the annotations of Pods, all of it in the whole cluster: it asks whether a Pod has
 * its annotation still, and an Event lies in the namespace of its Pod.
 */
export function annotationAgentRules(): readonly PolicyRule[] {
  return [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }, ...EVENT_RULES];
}

/** One rule for each resource (of the same names) with the verbs of all, so that it reads in a minute. */
function merged(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const single = rules.flatMap((rule) => rule.resources.map((resource) => ({ ...rule, resources: [resource] })));
  const together = Map.groupBy(single, ({ apiGroups, resources, resourceNames }) => JSON.stringify([apiGroups, resources, resourceNames]));
  return [...together.values()].flatMap(([first, ...others]) => {
    const verbs = [first, ...others].flatMap((rule) => rule?.verbs ?? []);
    return first ? [{ ...first, verbs: [...new Set(verbs)].sort() }] : [];
  });
}

/** Of two rules that {@link merged} has made. */
function covers(wider: PolicyRule, rule: PolicyRule): boolean {
  const isSame = wider.apiGroups.join() === rule.apiGroups.join() && wider.resources.join() === rule.resources.join();
  return isSame && wider.resourceNames === undefined && rule.verbs.every((verb) => wider.verbs.includes(verb));
}
