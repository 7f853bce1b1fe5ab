export * from './core/errors/index.ts';
