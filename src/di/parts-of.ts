import type { DependencyContainer } from 'tsyringe';
import { onceMade } from './caching-factory.ts';
import type { Token } from './tokens.ts';

/** Registers parts with a container by their tokens, each made when it is first asked for, and once. */
export function partsOf(container: DependencyContainer) {
  return <T>(token: Token<T>, make: (the: <P>(token: Token<P>) => P) => T): void => {
    container.register(token, { useFactory: onceMade((from) => make((other) => from.resolve(other))) });
  };
}
