/** The resource of the OpenShift packet-capture-operator, `monitoring.openshift.tpg/v1alpha1`: types, validation, and its CRD. */
export * from './group.ts';
export * from './deployment-capture.ts';
export * from './validate-deployment-capture.ts';
export * from './parse-deployment-capture.ts';
export * from './deployment-capture-crd.ts';
