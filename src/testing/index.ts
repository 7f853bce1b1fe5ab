export * from './claim-strategy-contract.ts';
export * from './contract-test.ts';
export * from './fake-interface-resolver.ts';
export * from './fake-pod-directory.ts';
export * from './interface-resolver-contract.ts';
