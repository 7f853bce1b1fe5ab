import { PACKET_CAPTURE } from '../group.ts';
import { packetCaptureSchema } from '../schema/packet-capture-schema.ts';
import { type CustomResourceDefinition, customResourceDefinition } from './custom-resource-definition.ts';

/** The CRD `packetcaptures.pcapper.io`. */
export function packetCaptureCrd(): CustomResourceDefinition {
  return customResourceDefinition({
    names: PACKET_CAPTURE,
    schema: packetCaptureSchema,
    selectableFields: ['.status.node', '.status.progress'],
    columns: [
      // A union: the API server shows the first of them that there is, so one column serves both kinds of target.
      { name: 'Target', type: 'string', description: 'The Pod or the node.', jsonPath: ".spec['targetPod','targetNode']" },
      { name: 'Node', type: 'string', description: 'The node that captures.', jsonPath: '.status.node' },
      { name: 'Progress', type: 'string', description: 'How far it is.', jsonPath: '.status.progress' },
      { name: 'Packets', type: 'integer', description: 'Packets captured.', jsonPath: '.status.packets.captured' },
      { name: 'Dropped', type: 'integer', description: 'Packets dropped by the kernel.', jsonPath: '.status.packets.dropped' },
      { name: 'Age', type: 'date', description: 'Time since creation.', jsonPath: '.metadata.creationTimestamp' },
      { name: 'Target Namespace', type: 'string', description: 'The namespace of the Pod.', jsonPath: '.spec.targetNamespace', priority: 1 },
      { name: 'Interface', type: 'string', description: 'The device.', jsonPath: '.status.interface', priority: 1 },
      { name: 'Reason', type: 'string', description: 'Why it ended or failed.', jsonPath: '.status.reason', priority: 1 },
    ],
  });
}
