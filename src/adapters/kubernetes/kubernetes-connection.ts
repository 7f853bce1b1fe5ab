import type { RequestOptions } from 'node:https';

/** Where the API server is and how to authenticate there. */
export interface KubernetesConnection {
  /** `https://10.96.0.1:443`; may have a path. */
  readonly server: URL;
  /**
   * What node:https needs for one request: headers, CA, client certificate. Asked for each request, because
   * credentials rotate. An `agent` in it is used instead of the client's own pool.
   */
  requestOptions(): Promise<RequestOptions>;
}
