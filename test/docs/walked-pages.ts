/** Pages whose commands the e2e tests run on a real cluster, one after the other, and hold against what they show. */
export const WALKED_PAGES = ['README.md', 'docs/annotation.md', 'docs/get.md', 'docs/install.md', 'docs/jobs.md', 'docs/operations.md'] as const;

export type WalkedPage = (typeof WALKED_PAGES)[number];

const BUILDS = 'it would build anew, or install, what the tests run on: their own set-up does that';
const NO_REGISTRY = 'there is no registry, and nobody to push images to it';
const NO_KIND = 'needs docker, kind and Helm, and the network';
const MEANWHILE = 'rolls the agents of the operator: test/e2e/annotation.e2e.ts, "an agent with both sources"';

/** Commands of walked pages that are not run there: just as they stand, with the reason. All others are run. */
export const NOT_RUN: Readonly<Record<WalkedPage, Readonly<Record<string, string>>>> = {
  'README.md': {
    'npm run demo': 'test/examples/demo runs it',
    'npm test': 'it is what tests this',
    'npm run bundle && NODE_NAME=n1 KUBECONFIG=… HOSTMOUNT=/var/captures npm exec -c bundle/agent.cjs': 'test/examples/standalone-agent runs the bundle',
    'npm run images': BUILDS,
    'npm install ./pcapper-0.1.0.tgz': 'npm run test:consumers does so',
  },
  'docs/annotation.md': {
    'kubectl create clusterrolebinding pcapper-agent-annotation --clusterrole=pcapper-annotation --serviceaccount=pcapper:pcapper-agent': MEANWHILE,
    [`kubectl -n pcapper patch configmap pcapper-config --type=merge -p '{"data":{"SOURCE":"packetcapture,annotation"}}'`]: MEANWHILE,
    'kubectl -n pcapper rollout status daemonset/pcapper': MEANWHILE,
    'kubectl apply -f deploy/annotation/rbac.yaml': MEANWHILE,
    [`kubectl -n pcapper patch configmap pcapper-config --type=merge -p '{"data":{"SOURCE":null}}'`]: MEANWHILE,
    'kubectl delete clusterrolebinding pcapper-agent-annotation': MEANWHILE,
  },
  'docs/get.md': {
    'npx pcapper get web-icmp -o - | wireshark -k -i -': 'there is no screen for Wireshark',
    'npm ci && npm pack': 'npm run test:consumers does so',
    'npm install -g ./pcapper-0.1.0.tgz': 'npm run test:consumers does so',
  },
  'docs/install.md': {
    'npm run images': BUILDS,
    'npm run images -- --save images': BUILDS,
    'npm ci && npm run build': BUILDS,
    'for image in agent operator; do\n  docker tag pcapper/$image:0.1.0 registry.example.com/pcapper/$image:0.1.0\n  docker push registry.example.com/pcapper/$image:0.1.0\ndone': NO_REGISTRY,
    'kubectl apply -f deploy/base/namespace.yaml': NO_REGISTRY,
    'kubectl -n pcapper create secret docker-registry registry --docker-server=registry.example.com --docker-username=USER --docker-password=PASSWORD': NO_REGISTRY,
    'kubectl apply -k my-pcapper': `${NO_REGISTRY}; test/docs/yaml-blocks.test.ts has its objects taken by a real API server`,
    'kind create cluster --config deploy/kind-config.yaml': NO_KIND,
    'helm repo add antrea https://charts.antrea.io': NO_KIND,
    'helm repo update': NO_KIND,
    'helm install antrea antrea/antrea --namespace kube-system': NO_KIND,
    'kubectl -n kube-system rollout status daemonset/antrea-agent --timeout=300s': NO_KIND,
    'kubectl wait --for=condition=Ready nodes --all --timeout=120s': NO_KIND,
    'kind load docker-image pcapper/agent:0.1.0 pcapper/operator:0.1.0': NO_KIND,
    'kubectl apply -k deploy/overlays/small-disk': NO_KIND,
  },
  'docs/jobs.md': {},
  'docs/operations.md': { 'npm run images': BUILDS },
};

/**
 * Pages whose commands are read only: bash has to understand them, and the scripts and files that they name have to be there.
 * A page of another name fails test/docs/blocks.test.ts until it stands here or above.
 */
export const READ_PAGES: Readonly<Record<string, string>> = {
  'CONTRIBUTING.md': 'for hours, and releases; .ci/run runs most of it',
  'docs/capture-from-code.md': 'prepares what its code runs in; that is run by test/docs/code-blocks.test.ts, in a folder of its own',
  'docs/performance.md': 'npm run bench takes an hour and a machine of its own',
  'docs/reliability.md': 'npm run test:faults takes half an hour; CI runs 30 runs of it',
  'docs/security.md': 'docs/install.md has the same command, run',
};
/** Folders of such pages. */
export const READ_FOLDERS: readonly string[] = ['docs/errors/'];
