import { type CustomResourceDefinition, customResourceDefinition } from '../v1alpha1/crd/custom-resource-definition.ts';
import { deploymentCaptureSchema } from './deployment-capture-schema.ts';
import { DEPLOYMENT_CAPTURE, OPENSHIFT_GROUP } from './group.ts';

/** The CRD `packetcaptures.monitoring.openshift.tpg`. */
export function deploymentCaptureCrd(): CustomResourceDefinition {
  return customResourceDefinition({
    group: OPENSHIFT_GROUP,
    names: DEPLOYMENT_CAPTURE,
    schema: deploymentCaptureSchema,
    selectableFields: ['.status.progress'],
    columns: [
      { name: 'Deployment', type: 'string', description: 'The Deployment.', jsonPath: '.spec.targetDeployment' },
      { name: 'Job ID', type: 'string', description: "The end of the Jobs' names.", jsonPath: '.spec.jobId' },
      { name: 'Progress', type: 'string', description: 'How far it is.', jsonPath: '.status.progress' },
      { name: 'Pods', type: 'integer', description: 'Number of Pods that have a Job.', jsonPath: '.status.podsTotal.count' },
      { name: 'Running', type: 'integer', description: 'Pods that are being captured.', jsonPath: '.status.podsTotal.running' },
      { name: 'Packets', type: 'integer', description: 'Packets captured.', jsonPath: '.status.packets.captured' },
      { name: 'Dropped', type: 'integer', description: 'Packets dropped by the kernel.', jsonPath: '.status.packets.dropped' },
      { name: 'Age', type: 'date', description: 'Time since creation.', jsonPath: '.metadata.creationTimestamp' },
      { name: 'Target Namespace', type: 'string', description: 'The namespace of the Deployment.', jsonPath: '.spec.targetNamespace', priority: 1 },
      { name: 'Reason', type: 'string', description: 'Why it ended or failed.', jsonPath: '.status.reason', priority: 1 },
    ],
  });
}
