// Loaded before a code block: `pcapper` is the source, and other packages are the project's.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const root = new URL('../../', import.meta.url);
const SOURCES = {
  pcapper: 'src/index.ts',
  'pcapper/kubernetes': 'src/adapters/kubernetes/index.ts',
  'pcapper/operator': 'src/operator/index.ts',
  'pcapper/di': 'src/di/index.ts',
  'pcapper/testing': 'src/testing/index.ts',
};

registerHooks({
  resolve(specifier, context, next) {
    const source = SOURCES[specifier];
    if (source) return { url: new URL(source, root).href, shortCircuit: true };
    const isBare = !/^(?:node:|file:|\.)/.test(specifier);
    const isOfBlock = context.parentURL !== undefined && !context.parentURL.startsWith(root.href);
    return next(specifier, isBare && isOfBlock ? { ...context, parentURL: pathToFileURL(`${import.meta.dirname}/x.ts`).href } : context);
  },
});
