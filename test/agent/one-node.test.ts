import { afterAll, beforeAll, expect, it } from 'vitest';
import { readdirSync } from 'node:fs';
import { CaptureApi, type Capture } from '../adapters/kubernetes/capture-api.ts';
import { AgentProcess, TestHostmount } from '../harness/agent-process.ts';
import { countPackets, ECHO_REQUEST } from '../harness/packet-count.ts';
import { requires } from '../harness/requirements.ts';
import { TestPod } from '../harness/test-pod.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('the agent on a real API server', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  async function podOn(node: string, name: string): Promise<TestPod> {
    const path = '/api/v1/namespaces/default/pods';
    const pod = await api.client.create(path, { metadata: { name }, spec: { nodeName: node, containers: [{ name: 'main', image: 'none' }] } });
    const real = await TestPod.create({ namespace: 'default', name, uid: pod.metadata.uid });
    await api.client.patch(`${path}/${name}/status`, 'merge', { status: { phase: 'Running', podIP: real.address, podIPs: [{ ip: real.address }] } });
    return real;
  }
  const agentOf = (node: string, hostmount: TestHostmount) =>
    new AgentProcess({ NODE_NAME: node, HOSTMOUNT: hostmount.path, KUBECONFIG: api.server.kubeconfig });
  const progressOf = (name: string, progress: string) =>
    eventually(async () => {
      const capture = await api.get(name);
      return capture.status?.progress === progress ? capture : undefined;
    });
  const filesOf = (capture: Capture) => (capture.status?.files ?? []).map(({ name }) => name);

  it('turns a PacketCapture into files that hold exactly what the Pod sent', async () => {
    using hostmount = new TestHostmount();
    await using pod = await podOn('n1', 'web-1');
    await using agent = agentOf('n1', hostmount);
    await agent.ready();
    await api.make('first', { targetNamespace: 'default', targetPod: 'web-1', captureFilter: 'icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply', maxFileSize: '2M', fileCount: 2 });
    await progressOf('first', 'running');
    await pod.ping(20);
    await pod.sendUdp(5);
    await api.client.patch('/apis/pcapper.io/v1alpha1/namespaces/pcapper/packetcaptures/first', 'merge', { spec: { stop: true } });
    const capture = await progressOf('first', 'finished');
    expect(await countPackets(hostmount.path, filesOf(capture), ECHO_REQUEST)).toBe(20);
    expect(await countPackets(hostmount.path, filesOf(capture))).toBe(40);
    expect(capture.status).toMatchObject({ node: 'n1', reason: 'Stopped', interface: 'eth0', podUID: pod.uid, packets: { captured: 40, received: 40, dropped: 0 } });
    expect(readdirSync(hostmount.path).filter((name) => name.includes('.pcap'))).toEqual(filesOf(capture));
  });
});
