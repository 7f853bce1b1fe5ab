/**
 * How CNIs name the devices that lead to Pods: what their own sources, tests and outputs say. No cluster with any of them
 * was run here.
 */

/** Where something was read. */
export interface NameSource {
  /** On GitHub. */
  readonly repository: string;
  /** A file, or an issue. */
  readonly at: string;
  /** Absent for an issue. */
  readonly commit?: string;
}

/** A name that a CNI gave. */
export interface RecordedName {
  readonly source: NameSource;
  readonly namespace: string;
  readonly pod: string;
  /** The id of the sandbox, where the name depends on it. */
  readonly sandbox?: string;
  /** Device inside the Pod. */
  readonly device: string;
  readonly hostDevice: string;
  /** Where it is not the CNI's own. */
  readonly prefix?: string;
}

const CALICO_TEST: NameSource = {
  repository: 'projectcalico/calico',
  at: 'libcalico-go/lib/backend/k8s/conversion/conversion_test.go',
  commit: '87c15906f20c4ca1fda55af92295e7678b0cc0b2',
};

/** `Sprintf("%s%s", prefix, hex(sha1("NAMESPACE.POD"))[:11])`: VethNameForWorkload in workload_endpoint_default.go beside this test. */
export const CALICO: readonly RecordedName[] = [
  { source: CALICO_TEST, namespace: 'default', pod: 'podA', device: 'eth0', hostDevice: 'cali7f94ce7c295' },
  { source: CALICO_TEST, namespace: 'default', pod: 'podB', device: 'eth0', hostDevice: 'cali92cf1f5e9f6' },
  // With FELIX_INTERFACEPREFIX=eni,veth,foo.
  { source: CALICO_TEST, namespace: 'namespace', pod: 'podname', device: 'eth0', hostDevice: 'eni82111e10a96', prefix: 'eni' },
];

/**
 * `"lxc" + hex(sha256(CONTAINERID + ":" + IFNAME))[:12]`: Endpoint2IfName in pkg/datapath/connector/add.go of cilium/cilium
 * (0a0f0d9cd0a5d0cc3ad645a5c56d2783ae43ba26), given `cniID` by plugins/cilium-cni/cmd/cmd.go
 * (0125a30def46289cf29b23def4a1e61ea6638af3). Versions before gave it the container's id alone.
 */
export const CILIUM: readonly RecordedName[] = [
  {
    // `cilium-dbg debuginfo` of a cluster of someone's, of 2025-08-03: `external-identifiers` and `networking` of endpoint 33.
    source: { repository: 'cilium/cilium', at: 'plugins/cilium-cni/cmd/cmd.go', commit: '0125a30def46289cf29b23def4a1e61ea6638af3' },
    namespace: 'kube-system',
    pod: 'coredns-54558b56c7-zth5g',
    sandbox: '3b8977b0dd99a56e2e4c8369822d02c50cbb6e8a2cbae8ee27ce399393445d10',
    device: 'eth0',
    hostDevice: 'lxcf9e134da9662',
  },
];

/**
 * `Sprintf("%s-%s", POD[:8], hex(sha1(CONTAINERID))[:6])`, for a secondary interface of `CONTAINERID + IFNAME`:
 * GenerateContainerInterfaceName and GenerateContainerHostVethName in pkg/agent/util/net.go of antrea-io/antrea
 * (fc70f2bb7037f398196fd42210d34800cb6aa398). Before e77a28a37aaadd2030d70221a92d687f86798a42 of June 2020 it was otherwise.
 */
export const ANTREA: readonly RecordedName[] = [
  {
    // "Failed to configure interfaces for container 1918…: … 'vEthernet (windows--e787ac)'"; the function is the same on Linux.
    source: { repository: 'antrea-io/antrea', at: 'issue 2773' },
    namespace: 'default',
    pod: 'windows-',
    sandbox: '191813d89cf9cfde2845ab396b92502249ed69105f3218c6f782732e173bb73a',
    device: 'eth0',
    hostDevice: 'windows--e787ac',
  },
];

/** An annotation that Multus wrote. */
export interface RecordedStatus {
  readonly source: NameSource;
  readonly annotation: string;
}

/** `net%d` is the name of a further device where the Pod asks for none: getIfname in pkg/multus/multus.go. */
export const MULTUS: RecordedStatus = {
  source: { repository: 'k8snetworkplumbingwg/multus-cni', at: 'docs/quickstart.md', commit: '95a0932350f0060cd232096876e24672a1de83fa' },
  annotation: `[{
    "name": "cbr0",
    "ips": [
        "10.244.1.73"
    ],
    "default": true,
    "dns": {}
},{
    "name": "macvlan-conf",
    "interface": "net1",
    "ips": [
        "192.168.1.205"
    ],
    "mac": "86:1d:96:ff:55:0d",
    "dns": {}
}]`,
};
