/** Name of the Lease by which one of several operators leads. */
export const OPERATOR_LEASE = 'pcapper-operator';
