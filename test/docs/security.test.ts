import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { agentDaemonSet } from '../../src/operator/agents/agent-daemon-set.ts';
import { readAgentsSettings } from '../../src/operator/agents/agents-settings.ts';
import { docsText, firstCells, tablesOf } from './markdown-tables.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext: object;
  readonly containers: readonly { readonly securityContext: { readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] } }; readonly ports: readonly { readonly containerPort: number }[] }[];
  readonly volumes?: readonly { readonly hostPath: { readonly path: string } }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly rules?: readonly Rule[];
  readonly subjects?: readonly { readonly kind: string }[];
  readonly spec?: { readonly template: { readonly spec: PodSpec } };
}

const text = docsText('security.md');
const tables = tablesOf(text);
const documentsOf = (file: string) => parseAllDocuments(readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8')).map((document) => document.toJS() as Manifest);
const installed = documentsOf('install.yaml');
const rolesIn = (manifests: readonly Manifest[]) => manifests.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole').map((role) => ({ heading: `${role.kind} ${role.metadata.name}`, role }));
/** With the headings that their tables stand under. */
const roles = [
  ...rolesIn([...installed, ...documentsOf('annotation/rbac.yaml')]),
  ...rolesIn(documentsOf('jobs/rbac.yaml')).map(({ heading, role }) => ({ heading: role.kind === 'Role' ? `${heading} of deploy/jobs` : heading, role })),
];

/** One row for each resource of each rule, as `kubectl auth can-i --list` names it. */
function rowsOf({ rules = [] }: Manifest): readonly string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames = ['all'], verbs }) =>
    apiGroups.flatMap((group) => resources.map((resource) => {
      const [plural, ...sub] = resource.split('/');
      const full = [[plural, group].filter(Boolean).join('.'), ...sub].join('/');
      return [full, resourceNames.toSorted().join(', '), verbs.toSorted().join(', ')].join(' | ');
    })));
}

/** What a Pod's specification says of its rights, but for the capabilities that it adds. */
function rightsOf({ hostNetwork, hostPID, hostIPC, securityContext, containers, volumes = [] }: PodSpec): readonly string[] {
  const [container] = containers;
  const { capabilities, ...rest } = container?.securityContext ?? { capabilities: { drop: [] } };
  const paths = volumes.map(({ hostPath }) => `hostPath: ${hostPath.path}`);
  return [...leaves({ hostNetwork, hostPID, hostIPC, ...securityContext, ...rest }), `capabilities.drop: ${capabilities.drop.join(', ')}`, ...paths];
}

function leaves(value: object, path = ''): readonly string[] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    if (member === undefined) return [];
    return typeof member === 'object' && member !== null ? leaves(member, `${path}${key}.`) : [`${path}${key}: ${typeof member === 'string' ? member : JSON.stringify(member)}`];
  });
}

const agents = agentDaemonSet(readAgentsSettings({}, 'image'), { namespace: 'pcapper', serviceAccount: 'pcapper-agent' }).spec.template.spec as unknown as PodSpec;
const annotationAgents = documentsOf('annotation/daemonset.yaml')[0]?.spec?.template.spec;
const operator = installed.find(({ kind }) => kind === 'Deployment')?.spec?.template.spec;
const inSection = (heading: string, first: string) => firstCells(tables.filter((table) => table.heading === heading), first);

describe('docs/security.md', () => {
  it('has every rule of every role, and no other', () => {
    const named = tables.filter(({ head }) => head[0] === 'resource');
    expect(named.map(({ heading }) => heading).sort()).toEqual(roles.map(({ heading }) => heading).sort());
    for (const { heading, role } of roles) {
      const rows = named.find((table) => table.heading === heading)?.rows ?? [];
      const written = rows.map(([resource = '', names = '', verbs = '']) => [resource, names.replaceAll('`', ''), verbs].join(' | '));
      expect(written.toSorted(), heading).toEqual(rowsOf(role).toSorted());
      expect(rows.filter(([, , , why = '']) => why.length < 5), `${heading}: why`).toEqual([]);
    }
  });

  it('says that nobody is bound but the ServiceAccounts', () => {
    const subjects = installed.filter(({ kind }) => kind.endsWith('Binding')).flatMap(({ subjects: bound = [] }) => bound);
    expect(new Set(subjects.map(({ kind }) => kind))).toEqual(new Set(['ServiceAccount']));
    expect(text).toContain('Nobody is bound to these by the installation.');
  });

  it('has every capability of the agents, and why', () => {
    const [table] = tables.filter(({ head }) => head[0] === 'capability');
    expect(table?.rows.map(([name]) => name)).toEqual(agents.containers[0]?.securityContext.capabilities.add);
    expect(table?.rows.filter(([, why = '']) => why.length < 10)).toEqual([]);
  });

  it('has all that the Pods may do and what they share with their node', () => {
    expect(inSection("The agents' Pods", "in the Pod's specification").toSorted()).toEqual(rightsOf(agents).toSorted());
    expect(operator).toBeDefined();
    if (operator) expect(inSection("The operator's Pod", "in the Pod's specification").toSorted()).toEqual(rightsOf(operator).toSorted());
    expect(operator?.containers[0]?.securityContext.capabilities.add).toBeUndefined();
  });

  it('has the labels of Pod Security', () => {
    const labels = installed.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? Object.entries(metadata.labels ?? {}) : [])).filter(([key]) => key.startsWith('pod-security.'));
    expect(labels.length).toBeGreaterThan(0);
    expect(labels.filter(([key, value]) => !text.includes(`\`${key}: ${value}\``))).toEqual([]);
  });

  it('has every port', () => {
    const ports = [agents, annotationAgents, operator].flatMap((pod) => pod?.containers ?? []).flatMap(({ ports: own }) => own.map(({ containerPort }) => String(containerPort)));
    expect(firstCells(tables, 'port')).toEqual(ports);
  });
});
