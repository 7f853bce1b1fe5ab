export { HostVethResolver } from './host-veth-resolver.ts';
export { InterfaceResolverChain } from './interface-resolver-chain.ts';
export { NodeInterfaceResolver } from './node-interface-resolver.ts';
export { type PodNetworkNamespaceOptions, PodNetworkNamespaceResolver } from './pod-network-namespace-resolver.ts';
export { ProcFs } from './proc-fs.ts';
