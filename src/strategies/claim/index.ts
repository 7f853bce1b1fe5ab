export { FirstMatchClaim } from './first-match-claim.ts';
export { NodeInterfaceClaim } from './node-interface-claim.ts';
export { PodOnNodeClaim } from './pod-on-node-claim.ts';
