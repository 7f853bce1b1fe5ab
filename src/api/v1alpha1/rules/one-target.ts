import type { Rule } from './rule.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A PacketCapture has one target: a Pod, or an interface of a node. */
export const oneTarget: Rule<Fields> = {
  cel:
    'has(self.targetNode) ' +
    '? has(self.targetInterface) && !has(self.targetPod) && !has(self.targetPodUID) && !has(self.targetNamespace) ' +
    ': has(self.targetPod) && has(self.targetNamespace)',
  message:
    'spec must name one target: either targetNamespace and targetPod (and targetInterface for another device than that of the default route, and targetPodUID for that very Pod), or targetNode and targetInterface',
  holds: (spec) =>
    'targetNode' in spec
      ? 'targetInterface' in spec && !('targetPod' in spec) && !('targetPodUID' in spec) && !('targetNamespace' in spec)
      : 'targetPod' in spec && 'targetNamespace' in spec,
};

/** A PacketCaptureSet takes its Pods from a workload or from a selector. */
export const oneSelection: Rule<Fields> = {
  cel: 'has(self.targetRef) != has(self.selector)',
  message: 'spec must name either targetRef or selector',
  holds: (spec) => 'targetRef' in spec !== 'selector' in spec,
};
