// A controller of its own on each node: a minute of packets for each Incident. See incidents.yaml for what it needs.
import { once } from 'node:events';
import { createCaptureEngine } from 'pcapper';
import { KubernetesClient, loadConnection, NodePods } from 'pcapper/kubernetes';
import { pino } from 'pino';
import { IncidentClaim } from './incident-claim.ts';
import { IncidentController } from './incident-controller.ts';
import { KubernetesIncidents } from './kubernetes-incidents.ts';

const { NODE_NAME: node, CAPTURES: directory = '/captures' } = process.env;
if (node === undefined) throw new Error('NODE_NAME is missing: set it to the name of the node, by the downward API.');

const logger = pino();
const asked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await using engine = await createCaptureEngine({ directory, node, maxTotalFileSize: '2G', minFreeDisk: '2G', logger });
using client = new KubernetesClient(await loadConnection());
const { clock } = engine.parts;
const claim = new IncidentClaim(new NodePods({ client, clock, logger, node }), ['kube-system']);
await using controller = new IncidentController({ engine, claim, incidents: new KubernetesIncidents(client, clock), clock, logger });

// It may be asked to end before it has started: the API server may be away.
const seesToThem = controller.start().then(() => logger.info({ node }, 'Incidents are seen to'));
await Promise.race([asked, seesToThem.then(() => asked)]);
