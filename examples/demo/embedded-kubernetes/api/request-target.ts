/** What a path of the API names. */
export interface RequestTarget {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; `undefined` for paths of another shape. */
export function requestTarget(path: string): RequestTarget | undefined {
  const [root, ...segments] = path.split('/').filter((segment) => segment !== '').map(decodeURIComponent);
  const group = root === 'api' ? '' : root === 'apis' ? segments.shift() : undefined;
  const version = segments.shift();
  if (group === undefined || version === undefined || segments.length === 0) return undefined;
  // /namespaces/NAME and /namespaces/NAME/status name the Namespace itself.
  const isWithin = segments[0] === 'namespaces' && segments.length > 2 && !(segments.length === 3 && segments[2] === 'status');
  const namespace = isWithin ? segments.splice(0, 2)[1] : undefined;
  const [plural = '', name, subresource] = segments;
  return { group, version, plural, namespace, name, subresource };
}
