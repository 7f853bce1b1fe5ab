import { expect } from 'vitest';
import { ApiConnectionError, ApiStatusError } from '../../src/adapters/kubernetes/api-errors.ts';
import { CommandFailedError, ExecCutError } from '../../src/adapters/kubernetes/exec-errors.ts';
import { inClusterConnection } from '../../src/adapters/kubernetes/in-cluster-connection.ts';
import { parsePacketCapture } from '../../src/api/v1alpha1/parse-packet-capture.ts';
import * as get from '../../src/cli/get/get-errors.ts';
import { parseGetOptions } from '../../src/cli/get/get-options.ts';
import { explainRefusal } from '../../src/cli/get/not-allowed.ts';
import { checkCaptureFilter } from '../../src/core/capture-filter.ts';
import * as core from '../../src/core/errors/index.ts';
import { captureFileBase } from '../../src/core/file-names.ts';
import { checkInterfaceName } from '../../src/core/interface-name.ts';
import { parseQuantity } from '../../src/core/quantity.ts';
import * as agents from '../../src/operator/agents/agents-errors.ts';
import { readAgentsSettings } from '../../src/operator/agents/agents-settings.ts';
import { configMapNames } from '../../src/operator/deployment-captures/config-map.ts';
import * as deployments from '../../src/operator/deployment-captures/deployment-capture-errors.ts';
import * as install from '../../src/operator/install/install-errors.ts';
import * as jobs from '../../src/operator/jobs/job-errors.ts';
import { LeaseLostError } from '../../src/operator/lease/lease-lost-error.ts';
import { MissingRightError } from '../../src/operator/missing-right-error.ts';
import * as sets from '../../src/operator/sets/set-errors.ts';
import * as targets from '../../src/operator/targets/target-errors.ts';

const POD = 'Pod shop/web-1';
const JOB = { name: 'web-icmp-3f9a1c2e', namespace: 'pcapper' };
const WEB = { kind: 'pod', namespace: 'shop', name: 'web-1' } as const;
const CAPTURES = { method: 'GET', path: '/apis/pcapper.io/v1alpha1/namespaces/pcapper/packetcaptures' } as const;
const DENIED = 'pods is forbidden: User "system:serviceaccount:pcapper:pcapper-operator" cannot list resource "pods" in API group "" at the cluster scope';

/** Every class of errors, made with what it is really made with; what differs by it, more than once. */
export const ERROR_EXAMPLES: readonly core.CaptureError[] = [
  // What was asked for.
  refusalOf({ targetNamespace: 'shop', targetPod: 'web-1', captureSeconds: 0 }),
  thrown(() => parseQuantity('10 GB')),
  thrown(() => captureFileBase('node-1', `${'web-'.repeat(60)}1`, 1_700_000_000)),
  thrown(() => checkCaptureFilter(`host 10.0.0.1${' or host 10.0.0.1'.repeat(300)}`)),
  thrown(() => checkCaptureFilter('host exmaple.com and tcp')),
  new core.FilterInvalidError('tcp port 443 and', 'EN10MB', "can't parse filter expression: syntax error"),
  new core.FilterInvalidError('ether host 0a:58:0a:f4:00:07', 'LINUX_SLL2', 'ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel'),
  new core.FilterTooSlowError('host 10.0.0.1 or host 10.0.0.2 or host 10.0.0.3', 2),
  new core.FilterTooComplexError('host 10.0.0.1 or host 10.0.0.2 or host 10.0.0.3', 4711, 4096),
  new core.KernelFilterError('Warning: Kernel filter failed: Cannot allocate memory'),
  new core.TcpdumpOptionError('invalid packet buffer size 0'),
  thrown(() => checkInterfaceName('3')),
  new core.HostNetworkRefusedError('Pod kube-system/kube-proxy-x7x2p'),

  // The target.
  new core.PodNotFoundError(`${POD} with a network namespace of its own`, 412),
  new core.InterfaceNotFoundError('eth1', POD, ['lo', 'eth0']),
  new core.InterfaceDownError('eth1'),
  new core.InterfaceDisappearedError('eth0'),
  new core.NoDefaultRouteError(POD, ['lo', 'net1']),
  new core.TargetMissingError(POD, new core.PodNotFoundError(`${POD} with a network namespace of its own`, 412)),
  new core.HostSideNotFoundError('eth0', POD),
  new core.HostDeviceNotFoundError('Calico', `eth0 of ${POD}`, ['cali1a2b3c4d5e6']),
  new core.HostDeviceNotFoundError('Acme', `net1 of ${POD}`, []),
  new core.PodNotKnownError(POD, 'the container runtime has no ready sandbox of it'),
  new core.RuntimeNotReachedError('/run/containerd/containerd.sock', 'connect ENOENT /run/containerd/containerd.sock'),
  new core.NetworkNotFoundError('storage', POD, 'Its networks are: "shop/macvlan-conf" (net1).'),
  new core.NetworkAmbiguousError('macvlan-conf', POD, ['net1', 'net2']),
  new core.TargetNotServedError('Pod network namespace', 'interface eth0 of node node-1', 'it is no Pod'),
  new core.InterfaceNotResolvedError(POD, [
    { resolver: 'Calico', error: new core.HostDeviceNotFoundError('Calico', `eth0 of ${POD}`, ['cali1a2b3c4d5e6']) },
    { resolver: 'Pod network namespace', error: new core.NamespaceNotEnteredError(POD, 'permission denied') },
  ]),

  // Disk.
  new core.DiskBudgetExceededError({ asked: 994e6, used: 6.2e9, reserved: 2.98e9, maxTotal: 10e9, freeable: { bytes: 5.4e9, captures: 7 } }),
  new core.FreeDiskTooLowError({ asked: 994e6, free: 21.4e9, reserved: 994e6, minFree: 20e9, freeable: { bytes: 310e6, captures: 1 } }),
  new core.DiskFilledError(19.9e9, 20e9),
  new core.PacketsNotWrittenError(120_000, 118_744),
  new core.ReservationExceededError(21e6, 19e6),
  new core.CaptureFileError('/hostmount/node-1.web-icmp.1700000000.pcap0: No space left on device'),
  new core.HostmountError('/hostmount', 'it is read-only'),
  new core.HostmountLockedError('/hostmount', 'node-1'),
  new core.PcapFileInvalidError('/hostmount/node-1.web-icmp.1700000000.pcap', 'it begins with 1f8b0800'),

  // The agent and its node.
  new core.NamespaceNotEnteredError(POD, "EACCES: permission denied, open '/proc/4242/ns/net'"),
  new core.HostPidMissingError(),
  new core.CapturePermissionError("eth0: You don't have permission to perform this capture on that device"),
  new core.CapturePermissionError("eth0: You don't have permission to perform this capture on that device", false),
  new core.ProgramMissingError('tcpdump', 'tcpdump'),
  new core.ProgramTooOldError('libpcap', '1.9', 'libpcap 1.10'),
  new core.ProcessNotStartedError('setpriv', 'spawn setpriv EAGAIN'),
  new core.ProcessNotEndedError(4242, 'it does not end on SIGKILL'),
  new core.TcpdumpStartTimeoutError(5, ''),
  new core.TcpdumpFailedError('was killed 3 times in a row', ''),
  new core.TcpdumpFailedError('gave up', 'tcpdump: pcap_loop: The interface went down'),
  new core.PacketBufferError("can't mmap rx ring: Cannot allocate memory"),
  thrown(() => readAgentsSettings({ MAX_TOTAL_FILESIZE: '10 GB' }, 'pcapper-agent:0.1.0')),
  await inClusterConnection({ env: {} }).then(() => expect.fail('it was no Pod'), caught),
  new core.PackageMissingError(['@kubernetes/client-node'], 'A kubeconfig is read by the package', Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })),
  new ApiStatusError(CAPTURES, { statusCode: 404, text: '404 page not found\n' }),
  new ApiConnectionError(CAPTURES, new URL('https://10.96.0.1:443'), new Error('connect ECONNREFUSED 10.96.0.1:443')),
  new core.UnexpectedError(new TypeError("Cannot read properties of undefined (reading 'length')")),

  // Interruptions.
  new core.NodeLostError('node-1'),
  new core.ManifestLostError('web-icmp', '/hostmount'),
  new core.TooManySegmentsError(100),
  new core.EndedBeforeStartError('web-icmp'),
  new core.EndedBeforeStartError('web-icmp', 'suspended'),
  new core.EndedBeforeStartError('web-icmp', 'recovered'),
  new core.CaptureSuspendedError('web-icmp'),
  new core.CaptureNotEndedError('web-icmp'),
  new core.CaptureNotKnownError('0c5a2f1e', '/captures', 'node-1'),
  new core.ClaimLostError('web-icmp', 'node node-2'),

  // Jobs.
  new jobs.JobTimedOutError(JOB, 'ImagePullBackOff: Back-off pulling image "registry.example/pcapper:0.1.0"'),
  new jobs.JobInterruptedError(JOB, 'OOMKilled'),
  new jobs.JobFailedError(JOB, 'PodFailurePolicy', 'Error: exit code 1'),
  new jobs.OutcomeLostError(JOB),
  new jobs.JobNodeLostError(JOB, 'DeadlineExceeded'),
  new jobs.JobRefusedError(JOB, 'jobs.batch "web-icmp-3f9a1c2e" is forbidden: exceeded quota: jobs, requested: count/jobs.batch=1, used: count/jobs.batch=20, limited: count/jobs.batch=20'),
  new jobs.JobNameTakenError(JOB),
  new jobs.JobNotRemovedError(JOB),
  new jobs.JobGoneError(JOB, 'node-1'),
  new targets.NotDispatchedError(),

  // What the operator sees in place of agents.
  new targets.PodNotFoundError(WEB),
  new targets.PodNotScheduledError(WEB),
  new targets.PodNotRunningError(WEB),
  new targets.PodEndedError(WEB, 'Succeeded'),
  new targets.NodeNotFoundError('node-9'),
  new targets.NodeGoneError('node-1'),
  new targets.NodeNotReadyError('node-1'),
  new targets.AgentNotReadyError('node-1', 'pcapper', true),
  new targets.AgentNotReadyError('node-1', 'pcapper', false),

  // Sets.
  new sets.PodGoneError('shop/web-1', '6ea2f5ab-4c3e-4a14-9d7a-0f6f3a1d2b10'),
  new sets.NotTakenError('shop/web-1', 'pcapper'),
  new sets.ChildNameTakenError('web-3f9a1c2e77b0', 'web', 'shop/web-1', 'pcapper'),
  new sets.MaxPodsReachedError(32, ['web-33', 'web-34']),

  // Captures of a Deployment.
  new deployments.JobIdTakenError('web-5d8f7c-x7x2p-abcd', 'shop/web-5d8f7c-x7x2p', 'web-again'),
  new deployments.ConfigMapNameTakenError(configMapNames({ targetNamespace: 'shop', targetDeployment: 'web' }), 'packet-capture'),
  new deployments.TooManyPodsError(['web-5d8f7c-zzk4q']),

  // The operator.
  new MissingRightError(DENIED, 'ClusterRole', [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }]),
  new agents.DaemonSetForeignError('pcapper', 'spec.selector: Invalid value: field is immutable'),
  new agents.DaemonSetRefusedError('pcapper', 'pcapper-config', 'admission webhook "validate.kyverno.svc-fail" denied the request: disallow-host-path: HostPath volumes are forbidden'),
  new install.CrdForeignError('packetcaptures.pcapper.io', 'spec.scope: Invalid value: "Namespaced": field is immutable'),
  new install.CrdNamesTakenError('packetcaptures.pcapper.io', '"pktcap" is already in use'),
  new install.CrdStoredVersionsError('packetcaptures.pcapper.io', ['v1beta1']),
  new LeaseLostError('pcapper/pcapper-operator', 'could not be renewed for 20 s'),

  // pcapper get.
  thrown(() => parseGetOptions([], 'pcapper')),
  new get.CaptureNotFoundError('web-icmp', 'pcapper'),
  new get.NotInstalledError('https://10.0.0.1:6443'),
  caught(
    explainRefusal(
      new ApiStatusError(
        { method: 'GET', path: '/apis/pcapper.io/v1alpha1/namespaces/pcapper/packetcaptures/web-icmp' },
        { statusCode: 403, status: { kind: 'Status', reason: 'Forbidden', message: 'packetcaptures.pcapper.io "web-icmp" is forbidden: User "jane" cannot get resource "packetcaptures" in API group "pcapper.io" in the namespace "pcapper"' } },
      ),
    ),
  ),
  new get.CredentialsError('spawn aws ENOENT'),
  new get.StillRunningError('web-icmp', 'pcapper', 1204),
  new get.NoFilesError({ problem: 'The capture web-icmp has ended, and has no files.', advice: 'Its status says: It was stopped as asked.' }),
  new get.AgentMissingError('node-1', 'pcapper'),
  new get.ManifestUnusableError('node-1.web-icmp.1700000000.json', 'schemaVersion: expected 1, got 2'),
  new get.FilesDifferError(['node-1.web-icmp.1700000100.pcap has the link type 276, the files before it 1 (see tcpdump.org/linktypes.html).'], [
    'kubectl -n pcapper cp pcapper-x7x2p:/hostmount/node-1.web-icmp.1700000000.pcap node-1.web-icmp.1700000000.pcap',
    'kubectl -n pcapper cp pcapper-x7x2p:/hostmount/node-1.web-icmp.1700000100.pcap node-1.web-icmp.1700000100.pcap',
  ]),
  new get.FileChangedError('node-1.web-icmp.1700000000.pcap3', 'was overwritten', true),
  new get.OutputError({ problem: 'web-icmp.pcap exists already.', advice: 'Give another name with -o, or replace it with --force.' }),
  new get.DiskTooSmallError('/tmp', 994e6, 512e6),
  new ExecCutError('pcapper-x7x2p', new Error('socket hang up')),
  new CommandFailedError({ namespace: 'pcapper', pod: 'pcapper-x7x2p' }, ['cat', '--', '/hostmount/node-1.web-icmp.1700000000.pcap'], 1, 'cat: /hostmount/node-1.web-icmp.1700000000.pcap: No such file or directory'),
];

/** What is really thrown. */
function thrown(work: () => unknown): core.CaptureError {
  try {
    work();
  } catch (error) {
    return caught(error);
  }
  return expect.fail('nothing was thrown');
}

function caught(error: unknown): core.CaptureError {
  return core.CaptureError.is(error) ? error : expect.fail(`no CaptureError: ${String(error)}`);
}

function refusalOf(spec: object): core.CaptureError {
  const parsed = parsePacketCapture({ metadata: { namespace: 'pcapper', name: 'web-icmp', uid: '6ea2f5ab-4c3e-4a14-9d7a-0f6f3a1d2b10' }, spec });
  return parsed.valid ? expect.fail('it is valid') : parsed.error;
}
