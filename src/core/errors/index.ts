export * from './capture-error.ts';
export * from './request-errors.ts';
export * from './filter-errors.ts';
export * from './target-errors.ts';
export * from './tcpdump-errors.ts';
export * from './disk-errors.ts';
export * from './agent-errors.ts';
export * from './package-errors.ts';
