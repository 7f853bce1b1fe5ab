export * from './claim-strategy-contract.ts';
export * from './contract-test.ts';
export * from './disk-guard-contract.ts';
export * from './fake-capture-directory.ts';
export * from './fake-disk-guard.ts';
export * from './fake-interface-resolver.ts';
export * from './fake-pod-directory.ts';
export * from './interface-resolver-contract.ts';
