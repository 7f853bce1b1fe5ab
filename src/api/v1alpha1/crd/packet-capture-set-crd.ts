import { PACKET_CAPTURE_SET } from '../group.ts';
import { packetCaptureSetSchema } from '../schema/packet-capture-set-schema.ts';
import { type CustomResourceDefinition, customResourceDefinition } from './custom-resource-definition.ts';

/** The CRD `packetcapturesets.pcapper.io`. */
export function packetCaptureSetCrd(): CustomResourceDefinition {
  return customResourceDefinition({
    names: PACKET_CAPTURE_SET,
    schema: packetCaptureSetSchema,
    selectableFields: ['.status.progress'],
    columns: [
      { name: 'Target', type: 'string', description: 'The workload.', jsonPath: '.spec.targetRef.name' },
      { name: 'Progress', type: 'string', description: 'How far it is.', jsonPath: '.status.progress' },
      { name: 'Captures', type: 'integer', description: 'Number of captures.', jsonPath: '.status.capturesTotal.count' },
      { name: 'Running', type: 'integer', description: 'Captures that are running.', jsonPath: '.status.capturesTotal.running' },
      { name: 'Packets', type: 'integer', description: 'Packets captured.', jsonPath: '.status.packets.captured' },
      { name: 'Dropped', type: 'integer', description: 'Packets dropped by the kernel.', jsonPath: '.status.packets.dropped' },
      { name: 'Age', type: 'date', description: 'Time since creation.', jsonPath: '.metadata.creationTimestamp' },
      { name: 'Target Namespace', type: 'string', description: 'The namespace of the Pods.', jsonPath: '.spec.targetNamespace', priority: 1 },
      { name: 'Reason', type: 'string', description: 'Why it ended or failed.', jsonPath: '.status.reason', priority: 1 },
    ],
  });
}
