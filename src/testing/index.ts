/**
 * Fakes of every part, a clock moved by hand, and contract suites, for tests without a cluster.
 * @module pcapper/testing
 */
export * from './assert-result.ts';
export * from './claim-strategy-contract.ts';
export * from './contract-test.ts';
export * from './disk-guard-contract.ts';
export * from './fake-capture-directory.ts';
export * from './fake-capture-source.ts';
export * from './fake-disk.ts';
export * from './fake-disk-guard.ts';
export { FakeInterfaceResolver } from './fake-interface-resolver.ts';
export * from './fake-node.ts';
export * from './fake-pod-directory.ts';
export * from './interface-resolver-contract.ts';
export * from './fake-tcpdump-run.ts';
export * from './fake-tcpdump-runner.ts';
export * from './manual-clock.ts';
export * from './tcpdump-runner-contract.ts';
