import type { Dispatch } from '../../src/adapters/environment/operator-settings.ts';
import { operatorRules } from '../../src/operator/rights.ts';
import { AGENT_IMAGE, LABELS, NAMESPACE, OPERATOR, OPERATOR_IMAGE } from './names.ts';
import { grants, type GrantPlace, type Manifest, serviceAccount } from './role.ts';

const CONFIG_MAP = 'pcapper-config';
const HEALTH_PORT = 9808;
const POD_LABELS = { ...LABELS, 'app.kubernetes.io/component': 'operator' };

/** The operator, which installs the rest. */
export function operatorManifests(): Manifest[] {
  const [configMap, deployment] = operatorWorkload();
  return [configMap, ...operatorRbacManifests(), deployment];
}

/** What the operator runs as. */
export function operatorRbacManifests({ namespace = NAMESPACE, dispatch = 'agent', ...place }: GrantPlace & { readonly dispatch?: Dispatch } = {}): Manifest[] {
  const rules = operatorRules({ namespace, deployment: OPERATOR, configMap: CONFIG_MAP }, dispatch);
  return [serviceAccount(OPERATOR, namespace), ...grants(OPERATOR, rules, { namespace, ...place })];
}

/** The ConfigMap with the settings of agents, and its Deployment. @param args its options */
export function operatorWorkload(namespace = NAMESPACE, args: readonly string[] = []): readonly [Manifest, Manifest] {
  return [
    // Without data, so that applying a newer version leaves what was set in it as it is.
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: CONFIG_MAP, namespace, labels: LABELS } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: OPERATOR, namespace, labels: POD_LABELS },
      spec: {
        // One of them works at a time; with two, another one goes on within seconds when its node is lost.
        replicas: 1,
        selector: { matchLabels: { 'app.kubernetes.io/name': 'pcapper', 'app.kubernetes.io/component': 'operator' } },
        template: { metadata: { labels: POD_LABELS }, spec: podSpec(args) },
      },
    },
  ];
}

function podSpec(args: readonly string[]) {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const probe = (path: string) => ({ httpGet: { path, port: 'health' }, timeoutSeconds: 5 });
  return {
    serviceAccountName: OPERATOR,
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { 'app.kubernetes.io/component': 'operator' } } },
    ],
    containers: [
      {
        name: 'operator',
        image: OPERATOR_IMAGE,
        imagePullPolicy: 'IfNotPresent',
        ...(args.length > 0 && { args }),
        env: [
          field('NAMESPACE', 'metadata.namespace'),
          field('POD_NAME', 'metadata.name'),
          field('HEALTH_ADDRESS', 'status.podIP'),
          { name: 'HEALTH_PORT', value: String(HEALTH_PORT) },
          { name: 'DEPLOYMENT', value: OPERATOR },
          { name: 'CONFIG_MAP', value: CONFIG_MAP },
          { name: 'AGENT_IMAGE', value: AGENT_IMAGE },
        ],
        ports: [{ name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' }],
        resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        readinessProbe: { ...probe('/readyz'), periodSeconds: 5 },
        livenessProbe: { ...probe('/healthz'), periodSeconds: 20, failureThreshold: 6 },
      },
    ],
  };
}
