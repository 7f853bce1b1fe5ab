import type { DependencyContainer } from 'tsyringe';
import { PackageMissingError } from '../core/errors/index.ts';

/**
 * A container for who has none: a child of tsyringe's own, which stays as it is. Loads reflect-metadata and tsyringe.
 * Who uses tsyringe already takes a container of theirs, so that classes that they have decorated are known in it.
 * @throws PackageMissingError when one of the two is not installed.
 */
export async function createContainer(): Promise<DependencyContainer> {
  const missing = (cause: unknown) => {
    throw new PackageMissingError(['tsyringe', 'reflect-metadata'], 'A container is made with the packages', cause);
  };
  // tsyringe throws when reflect-metadata was not there before it.
  await import('reflect-metadata').catch(missing);
  const { container } = await import('tsyringe').catch(missing);
  return container.createChildContainer();
}
