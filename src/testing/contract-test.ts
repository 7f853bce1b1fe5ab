/** What a contract suite needs of a test runner: `test` of node:test and `it` of vitest fit as they are. */
export type ContractTest = (name: string, body: () => Promise<void>) => unknown;
