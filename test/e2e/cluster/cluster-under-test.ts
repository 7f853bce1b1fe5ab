/** What the tests are told of the cluster. */
export interface ClusterUnderTest {
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Of the local cluster; absent: somebody else's, whose parts are not to be stopped. */
  readonly folder?: string;
}
