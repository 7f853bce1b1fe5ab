/** Dependencies point inwards: examples → di → adapters, operator, strategies → api → core. */
const outerOf = {
  core: ['api', 'strategies', 'adapters', 'operator', 'di', 'testing'],
  api: ['strategies', 'adapters', 'operator', 'di', 'testing'],
  strategies: ['adapters', 'operator', 'di', 'testing'],
  adapters: ['strategies', 'operator', 'di', 'testing'],
  operator: ['strategies', 'di', 'testing'],
};

module.exports = {
  forbidden: [
    ...Object.entries(outerOf).map(([layer, outer]) => ({
      name: `${layer}-points-inwards`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: `^src/(${outer.join('|')})/` },
    })),
    {
      name: 'core-touches-no-outside',
      comment: 'No process, file system or network in the core, and no package.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    { name: 'library-knows-no-program', severity: 'error', from: { path: '^src/(?!cli/)' }, to: { path: '^src/cli/' } },
    { name: 'library-knows-no-example', severity: 'error', from: { path: '^src/' }, to: { path: '^(examples|test|bench)/' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
