import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, inject, it } from 'vitest';
import { agentRules, annotationAgentRules, operatorRules, type Rights } from '../../src/operator/rights.ts';
import type { PolicyRule } from '../../src/operator/policy-rule.ts';
import { describeOnLocalCluster } from './world/local-parts.ts';

/** Of audit.k8s.io/v1 Event. */
interface AuditedCall {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestURI: string;
  readonly objectRef?: { readonly apiGroup?: string; readonly resource?: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

const OPERATOR = { deployment: 'pcapper-operator', configMap: 'pcapper-config' };
/** By namespace and name. */
const ACCOUNTS: Readonly<Record<string, Rights>> = {
  'pcapper:pcapper-agent': agentRules(),
  'pcapper:pcapper-annotation': { inNamespace: [], inCluster: annotationAgentRules() },
  'pcapper:pcapper-operator': operatorRules({ ...OPERATOR, namespace: 'pcapper' }),
  'packet-capture:pcapper-operator': operatorRules({ ...OPERATOR, namespace: 'packet-capture' }, 'job'),
};
/** Sets with a lifetime, and the like, are tested with the other operator alone. */
const PARTLY_USED = ['packet-capture:pcapper-operator'];

async function callsOf(account: string, folder: string): Promise<readonly AuditedCall[]> {
  const calls: AuditedCall[] = [];
  for await (const line of createInterface({ input: createReadStream(join(folder, 'audit.log')) })) {
    if (line.includes(`"system:serviceaccount:${account}"`)) calls.push(JSON.parse(line) as AuditedCall);
  }
  return calls;
}

function isDenied({ annotations }: AuditedCall): boolean {
  return annotations?.['authorization.k8s.io/decision'] === 'forbid';
}

/** One right in words, for each verb of a rule. */
function rightsIn(rules: readonly PolicyRule[], where: string) {
  return rules.flatMap((rule) => rule.verbs.map((verb) => ({ rule, verb, words: `${where}: ${verb} ${rule.resources.join(',')} ${rule.resourceNames?.join(',') ?? ''}`.trim() })));
}

function uses(call: AuditedCall, { apiGroups, resources, resourceNames }: PolicyRule, verb: string): boolean {
  const { apiGroup = '', resource = '', subresource, name } = call.objectRef ?? {};
  if (!apiGroups.includes(apiGroup) || !resources.includes(subresource === undefined ? resource : `${resource}/${subresource}`)) return false;
  // A list or watch of one object names it in its field selector.
  const named = resourceNames === undefined || (name === undefined ? resourceNames.some((each) => decodeURIComponent(call.requestURI).includes(`metadata.name=${each}`)) : resourceNames.includes(name));
  // An apply that makes its object is a patch that needs the right to create.
  return named && (call.verb === verb || (verb === 'create' && call.verb === 'patch' && call.responseStatus?.code === 201));
}

// After all the others: they are what the rights are used for.
describeOnLocalCluster('the rights of the ServiceAccounts, held against what the API server saw', () => {
  for (const [account, { inNamespace, inCluster }] of Object.entries(ACCOUNTS)) {
    it(`${account}: nothing denied${PARTLY_USED.includes(account) ? '' : ', nothing unused'}`, async () => {
      const calls = await callsOf(account, inject('cluster').folder ?? '');
      const rights = [...rightsIn(inNamespace, 'Role'), ...rightsIn(inCluster, 'ClusterRole')];
      // What is granted is denied, too, by an API server that has just restarted and does not know the roles yet.
      const denied = calls.filter((call) => isDenied(call) && !rights.some(({ rule, verb }) => uses(call, rule, verb)));
      expect([...new Set(denied.map(({ verb, requestURI }) => `${verb} ${requestURI}`))], 'denied').toEqual([]);
      if (PARTLY_USED.includes(account)) return;
      const unused = rights.filter(({ rule, verb }) => !calls.some((call) => !isDenied(call) && uses(call, rule, verb)));
      expect(unused.map(({ words }) => words), 'unused').toEqual([]);
    });
  }
});
