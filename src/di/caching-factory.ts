import type { DependencyContainer } from 'tsyringe';

// tsyringe has the same two. With them `pcapper/di` would load tsyringe, though a container is given: a second copy of it
// where CommonJS and ES modules meet, and none at all where it is not installed.

/** Makes the part when it is first asked for, and gives that one ever after. */
export function onceMade<T>(make: (from: DependencyContainer) => T): (from: DependencyContainer) => T {
  let made: { readonly part: T } | undefined;
  return (from) => (made ??= { part: make(from) }).part;
}

/** Makes the part once for each container that asks. */
export function onceMadePerContainer<T>(make: (from: DependencyContainer) => T): (from: DependencyContainer) => T {
  const made = new WeakMap<DependencyContainer, { readonly part: T }>();
  return (from) => {
    const known = made.get(from) ?? { part: make(from) };
    made.set(from, known);
    return known.part;
  };
}
