import { arrayOf, boolean, optional, record, string } from '../../core/parse-json.ts';

/** The annotation in which Multus tells the networks of a Pod (Network Plumbing Working Group, Multi-Network Specification, section 4). */
export const NETWORK_STATUS_ANNOTATION = 'k8s.v1.cni.cncf.io/network-status';

/** One network of a Pod, as the annotation has it. */
export interface NetworkStatus {
  /** `NAMESPACE/NAME` of a NetworkAttachmentDefinition, or the name of a CNI configuration. */
  readonly name: string;
  /** Device inside the Pod. Some networks have none. */
  readonly interface?: string;
  /** The network of the cluster. */
  readonly default?: boolean;
}

/** @throws Error naming the place where the annotation is not what it should be */
export function parseNetworkStatus(annotation: string): readonly NetworkStatus[] {
  return arrayOf(JSON.parse(annotation), 'status', (given, at) => {
    const status = record(given, at);
    return {
      name: string(status['name'], `${at}.name`),
      ...optional(status, 'interface', at, string),
      ...optional(status, 'default', at, boolean),
    };
  });
}
