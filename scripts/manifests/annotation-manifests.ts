import { agentDaemonSet } from '../../src/operator/agents/agent-daemon-set.ts';
import { readAgentsSettings } from '../../src/operator/agents/agents-settings.ts';
import { annotationAgentRules } from '../../src/operator/rights.ts';
import { AGENT_IMAGE, LABELS, NAMESPACE } from './names.ts';
import { namespaceManifest } from './namespace-manifest.ts';
import { clusterGrant, type Manifest, serviceAccount } from './role.ts';

const NAME = 'pcapper-annotation';
/** Of its own, so that the operator does not take these agents for its own. */
const POD_LABELS = { 'app.kubernetes.io/name': 'pcapper', 'app.kubernetes.io/component': 'annotation-agent' };
const SETTINGS = {
  // A folder and a port of its own: an agent of the operator may run on the same node.
  HOSTMOUNT: '/captures',
  HEALTH_PORT: '9809',
  // Files of one megabyte: little for a node, and a machine to try it on need not have more.
  MAX_TOTAL_FILESIZE: '2G',
  MIN_FREE_DISK: '2G',
  CPU_REQUEST: '100m',
  MEMORY_REQUEST: '128Mi',
  MEMORY_LIMIT: '512Mi',
};
const CPU_LIMIT = '500m';

/** What the agents of Pod annotations run as. */
export function annotationRbacManifests(): Manifest[] {
  return [namespaceManifest(), serviceAccount(NAME), ...clusterGrant(NAME, annotationAgentRules())];
}

/** The agents of Pod annotations, without an operator: as the operator's, with the one other source. */
export function annotationDaemonSet(): Manifest {
  const settings = readAgentsSettings(SETTINGS, AGENT_IMAGE);
  const { spec, ...daemonSet } = agentDaemonSet(settings, { namespace: NAMESPACE, serviceAccount: NAME });
  const { template, updateStrategy } = spec;
  const [container] = template.spec.containers;
  const { limits, requests } = container.resources;
  return {
    ...daemonSet,
    metadata: { name: NAME, namespace: NAMESPACE, labels: { ...LABELS, ...POD_LABELS } },
    spec: {
      selector: { matchLabels: POD_LABELS },
      updateStrategy,
      template: {
        metadata: { labels: POD_LABELS },
        spec: {
          ...template.spec,
          containers: [
            {
              ...container,
              args: ['--source', 'annotation'],
              // What has its default need not be told.
              env: container.env.filter(({ name }) => !(name in settings.environment) || name in SETTINGS),
              resources: { requests, limits: { cpu: CPU_LIMIT, ...limits } },
            },
          ],
        },
      },
    },
  };
}

/** A Pod to try it with: it pings its node. */
export function annotationTestPod(): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'test-pod', namespace: 'default', labels: { app: 'test-pod' } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'ping',
          image: 'busybox:1.37',
          command: ['sh', '-c', 'exec ping "$HOST_IP"'],
          env: [{ name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }],
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
        },
      ],
    },
  };
}
