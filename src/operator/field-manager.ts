/** The operator's manager of fields in server-side apply. */
export const OPERATOR_FIELD_MANAGER = 'pcapper-operator';
