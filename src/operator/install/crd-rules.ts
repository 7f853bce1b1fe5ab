import type { PolicyRule } from '../policy-rule.ts';

/**
 * What {@link CrdKeeper} needs, in a ClusterRole. By name throughout: an apply, other than a POST, names what it creates,
 * and a list or watch by `metadata.name` is matched with resourceNames.
 */
export function crdRules(names: readonly string[]): readonly PolicyRule[] {
  return [
    {
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      resourceNames: names,
      verbs: ['create', 'list', 'patch', 'watch'],
    },
  ];
}
