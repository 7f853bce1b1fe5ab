/** Of one node: where things lie, and how it is reached. */
export interface NodePlace {
  readonly name: string;
  /** Absolute path of the node's own part of the cluster's folder. */
  readonly folder: string;
  readonly address: string;
  /** Of its Pods, as in `10.244.1.0/24`. */
  readonly podSubnet: string;
  /** Name of its root cgroup. */
  readonly cgroup: string;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export function containerdToml({ folder }: NodePlace, sandboxImage: string): string {
  return `version = 2
root = "${folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
}

export function cniConfiguration({ name, podSubnet }: NodePlace): string {
  return JSON.stringify({
    cniVersion: '1.0.0',
    name,
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: podSubnet }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
    ],
  });
}

/** JSON is YAML: the kubelet reads it. */
export function kubeletConfiguration({ folder, address, cgroup, caFile, certificateFile, keyFile }: NodePlace): string {
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    healthzPort: 0,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: caFile } },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    failCgroupV1: false,
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    tlsCertFile: certificateFile,
    tlsPrivateKeyFile: keyFile,
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%', 'memory.available': '100Mi' },
    imageGCHighThresholdPercent: 100,
    makeIPTablesUtilChains: false,
    podLogsDir: `${folder}/pod-logs`,
  });
}
