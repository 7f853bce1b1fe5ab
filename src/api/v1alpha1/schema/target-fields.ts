import type { PacketCaptureTarget } from '../packet-capture.ts';
import { interfaceNameRules } from '../rules/interface-name.ts';
import { namespaceName, objectName } from '../rules/kubernetes-name.ts';
import { objectUid } from '../rules/uid.ts';
import type { FieldsOf } from './schema.ts';

/** What a PacketCapture captures. */
export const targetFields = {
  targetNamespace: {
    type: 'string',
    description: 'Namespace of the Pod.',
    rules: [namespaceName('targetNamespace')],
  },
  targetPod: {
    type: 'string',
    description: 'Name of the Pod. The capture waits until the Pod appears.',
    rules: [objectName('targetPod')],
  },
  targetPodUID: {
    type: 'string',
    description: 'metadata.uid of the Pod: no other one of that name is captured. By default whichever has the name.',
    rules: [objectUid('targetPodUID')],
  },
  targetNode: {
    type: 'string',
    description: 'Name of the node whose interface is captured.',
    rules: [objectName('targetNode')],
  },
  targetInterface: {
    type: 'string',
    description:
      "The device, or any. With targetPod it is a device inside the Pod, by default that of the Pod's default route; with targetNode it is required.",
    rules: interfaceNameRules('targetInterface'),
  },
} as const satisfies FieldsOf<PacketCaptureTarget>;
