/** A Pod as clusters have them: an application with two sidecars; about 18 kB as JSON with its status and managedFields. */
export function realisticPod(node: string, name: string): object {
  const app = name.replace(/-\d+$/, '');
  return {
    metadata: {
      name,
      labels: {
        'app.kubernetes.io/name': app,
        'app.kubernetes.io/instance': `${app}-production`,
        'app.kubernetes.io/version': '4.17.2',
        'app.kubernetes.io/component': 'backend',
        'app.kubernetes.io/part-of': 'storefront',
        'app.kubernetes.io/managed-by': 'Helm',
        'pod-template-hash': '6d4cf56db6',
        'topology.kubernetes.io/region': 'eu-central-1',
      },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9090',
        'checksum/config': '5f2b3f1b7c4f4d8e9a6d1c0b2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5',
        'kubernetes.io/psp': 'restricted',
        'cni.projectcalico.org/containerID': 'f3a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f',
        'cni.projectcalico.org/podIP': '10.42.17.23/32',
      },
    },
    spec: {
      nodeName: node,
      serviceAccountName: app,
      terminationGracePeriodSeconds: 0,
      containers: [container('main', 8080, 8), container('proxy', 15001, 4), container('log-shipper', 2020, 2)],
      initContainers: [{ name: 'migrate', image: image('migrate'), command: ['/bin/migrate', '--up'], resources: RESOURCES }],
      volumes: [
        { name: 'config', configMap: { name: `${app}-config`, items: [{ key: 'application.yaml', path: 'application.yaml' }] } },
        { name: 'certificates', secret: { secretName: `${app}-tls` } },
        { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
        { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }, { configMap: { name: 'kube-root-ca.crt' } }] } },
      ],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { 'app.kubernetes.io/name': app } } } },
          ],
        },
      },
    },
  };
}

/** What a kubelet reports of it. */
export function realisticPodStatus(): object {
  const at = '2026-11-20T08:15:30Z';
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  const ran = { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at, containerID: CONTAINER_ID } };
  const containerStatus = (name: string, state: object) => ({
    name,
    state,
    ready: true,
    started: true,
    restartCount: 0,
    image: image(name),
    imageID: `${image(name)}@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0`,
    containerID: CONTAINER_ID,
  });
  return {
    phase: 'Running',
    conditions: conditions.map((type) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: at })),
    hostIP: '192.168.17.5',
    podIP: '10.42.17.23',
    podIPs: [{ ip: '10.42.17.23' }],
    startTime: at,
    qosClass: 'Burstable',
    initContainerStatuses: [containerStatus('migrate', ran)],
    containerStatuses: ['main', 'proxy', 'log-shipper'].map((name) => containerStatus(name, { running: { startedAt: at } })),
  };
}

const CONTAINER_ID = 'containerd://8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e';
const RESOURCES = { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } };

function image(name: string): string {
  return `registry.example.com/storefront/platform/${name}:4.17.2-build.20261120.1`;
}

function container(name: string, port: number, variables: number): object {
  const probe = (path: string) => ({ httpGet: { path, port, scheme: 'HTTP' }, initialDelaySeconds: 5, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 });
  return {
    name,
    image: image(name),
    args: ['--config', '/etc/app/application.yaml', '--listen', `0.0.0.0:${port}`],
    ports: [{ name: 'http', containerPort: port }],
    env: Array.from({ length: variables }, (_, i) => ({ name: `${name.toUpperCase().replace('-', '_')}_SETTING_${i}`, value: `https://service-${i}.storefront.svc.cluster.local:8443/api/v1` })),
    resources: RESOURCES,
    volumeMounts: [
      { name: 'config', mountPath: '/etc/app', readOnly: true },
      { name: 'certificates', mountPath: '/etc/tls', readOnly: true },
      { name: 'scratch', mountPath: '/tmp' },
      { name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
    ],
    livenessProbe: probe('/healthz'),
    readinessProbe: probe('/readyz'),
    securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}
