import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Dispatch } from '../../../src/adapters/environment/operator-settings.ts';
import { type ApiOutcome, EventPost, KubernetesClient, type KubernetesObject, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import type { PacketCaptureStatus } from '../../../src/api/v1alpha1/index.ts';
import { time } from '../../../src/api/v1alpha1/time.ts';
import { AGENT_LABELS } from '../../../src/operator/agents/agent-daemon-set.ts';
import { EVENT_RULES } from '../../../src/operator/event-rules.ts';
import { CaptureWatch } from '../../../src/operator/packet-captures/capture-watch.ts';
import { AgentPods } from '../../../src/operator/targets/agent-pods.ts';
import { FIND_TARGET_RULES, TARGET_RULES } from '../../../src/operator/targets/target-rules.ts';
import { Targets } from '../../../src/operator/targets/targets.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { type Capture, CaptureApi, CAPTURES, NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import { logged } from '../logged.ts';

const USER = 'operator';
const WATCH_RULES = [{ apiGroups: ['pcapper.io'], resources: ['packetcaptures'], verbs: ['list', 'watch'] }];

requires('kube-apiserver').describe('what no agent can see, on a real API server', () => {
  let api: CaptureApi;
  let kubeconfig: string;
  beforeAll(async () => {
    api = await CaptureApi.start();
    await api.client.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
    kubeconfig = await api.server.kubeconfigFor(USER);
    await grant(api.server, { user: USER, rules: FIND_TARGET_RULES });
    await grant(api.server, { user: USER, namespace: NAMESPACE, rules: [...TARGET_RULES, ...EVENT_RULES, ...WATCH_RULES] });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  let operator: Operator;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = new ManualClock({ now: Date.now() });
    operator = await Operator.start(kubeconfig, clock);
  });
  afterEach(async () => {
    await operator.stop();
    await api.server.request('DELETE', CAPTURES);
    for (const path of ['/api/v1/namespaces/shop/pods', `/api/v1/namespaces/${NAMESPACE}/pods`]) {
      for (const { metadata } of (await api.client.list(path)).items) await api.client.delete(`${path}/${metadata.name}`, { gracePeriodSeconds: 0 });
    }
    await api.server.request('DELETE', '/api/v1/nodes');
    expect(operator.refused).toEqual([]);
  });

  const pod = (namespace: string, name: string, { labels = {}, node }: { readonly labels?: object; readonly node?: string } = {}) =>
    api.client.create(`/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name, labels },
      spec: { ...(node !== undefined && { nodeName: node }), terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'none' }] },
    });
  const setStatus = (path: string, status: object) => api.client.patch(`${path}/status`, 'merge', { status });
  const ready = (status: 'True' | 'False') => ({ conditions: [{ type: 'Ready', status, lastHeartbeatTime: time(0), lastTransitionTime: time(0) }] });
  const node = async (name: string, status: 'True' | 'False' = 'True') => {
    await api.client.create('/api/v1/nodes', { metadata: { name } });
    await setStatus(`/api/v1/nodes/${name}`, ready(status));
  };
  const removeAgent = async (on: string) => {
    await api.client.delete(`${AGENTS}/agent-${on}`, { gracePeriodSeconds: 0 });
    await operator.seesAgent(on, false);
  };
  const AGENTS = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const agent = async (on: string) => {
    await pod(NAMESPACE, `agent-${on}`, { labels: AGENT_LABELS, node: on });
    await setAgent(on, 'True');
  };
  const setAgent = async (on: string, status: 'True' | 'False') => {
    await setStatus(`${AGENTS}/agent-${on}`, ready(status));
    await operator.seesAgent(on, status === 'True');
  };

  const make = async (name: string, spec: object = {}): Promise<Capture> => {
    const capture = await api.make(name, spec);
    await operator.sees(capture);
    return capture;
  };
  /** As an agent writes: its whole status. */
  const report = async (name: string, status: PacketCaptureStatus): Promise<void> => {
    const body = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name }, status };
    const query = { fieldManager: 'pcapper-agent', force: true };
    await operator.sees(await api.client.patch(`${CAPTURES}/${name}/status`, 'apply', body, { query }));
  };
  const condition = async (name: string, type: string) => (await api.statusOf(name)).conditions?.find((one) => one.type === type);
  const events = async () => (await api.client.list<KubernetesObject & { note: string; reason: string; type: string; regarding: { name: string } }>(`/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`)).items;
  const eventsOf = async (name: string) => (await events()).filter(({ regarding }) => regarding.name === name);
  /** Lets looks come until it holds. */
  const inTime = (holds: () => boolean | Promise<boolean>) =>
    eventually(async () => {
      await clock.advance(1_000);
      return holds();
    });
  const inSomeTime = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10_000) await clock.advance(10_000);
    await operator.idle();
  };

  test('a Pod that is not there is told after a while, as a condition and one Event, and progress stays none', async () => {
    await make('missing');
    await clock.advance(9_900);
    await operator.idle();
    expect(await api.statusOf('missing')).toEqual({});
    await inTime(async () => (await condition('missing', 'TargetFound')) !== undefined);
    expect(await api.statusOf('missing')).toEqual({
      conditions: [
        {
          type: 'TargetFound',
          status: 'False',
          reason: 'PodNotFound',
          message: 'There is no Pod shop/web-1. The capture waits for it. If the name is wrong, delete the PacketCapture and create it again.',
          lastTransitionTime: expect.any(String) as string,
        },
      ],
    });
    await inTime(async () => (await eventsOf('missing')).length === 1);
    expect((await eventsOf('missing'))[0]).toMatchObject({ reason: 'PodNotFound', type: 'Warning' });
    const { metadata } = await api.get('missing');
    await inSomeTime(300_000);
    expect((await api.get('missing')).metadata.resourceVersion).toBe(metadata.resourceVersion);
    expect(await eventsOf('missing')).toHaveLength(1);
  });

  test('that is cleared when the Pod appears, also before anybody takes the capture', async () => {
    await make('late');
    await inTime(async () => (await condition('late', 'TargetFound'))?.status === 'False');
    await pod('shop', 'web-1');
    await inTime(async () => (await condition('late', 'TargetFound'))?.reason === 'PodNotScheduled');
    expect((await condition('late', 'TargetFound'))?.message).toBe('Pod shop/web-1 is on no node yet. The capture waits for it. See kubectl -n shop describe pod web-1.');
    await api.client.create('/api/v1/namespaces/shop/pods/web-1/binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'web-1' }, target: { kind: 'Node', name: 'n1' } });
    await inTime(async () => (await condition('late', 'TargetFound'))?.status === 'True');
    expect(await condition('late', 'TargetFound')).toMatchObject({ reason: 'Found', message: 'Pod shop/web-1 is there.' });
  });

  test('and at once when an agent takes it, without a change of what the agent wrote', async () => {
    await agent('n1');
    await make('taken');
    await inTime(async () => (await condition('taken', 'TargetFound'))?.status === 'False');
    await report('taken', { progress: 'scheduled', node: 'n1', message: 'Node n1 takes Pod shop/web-1.' });
    await eventually(async () => (await condition('taken', 'TargetFound'))?.status === 'True');
    expect(await api.statusOf('taken')).toMatchObject({ progress: 'scheduled', node: 'n1', message: 'Node n1 takes Pod shop/web-1.' });
  });

  test('nothing is told of a Pod that comes in time', async () => {
    await agent('n1');
    await make('in-time');
    await clock.advance(8_000);
    await pod('shop', 'web-1', { node: 'n1' });
    await inSomeTime(300_000);
    expect(await api.statusOf('in-time')).toEqual({});
    expect(await eventsOf('in-time')).toEqual([]);
  });

  test('a node that does not exist, a Pod that has ended, a Pod of another uid', async () => {
    await pod('shop', 'done');
    await setStatus('/api/v1/namespaces/shop/pods/done', { phase: 'Succeeded' });
    await pod('shop', 'other', { node: 'n1' });
    await make('no-node', { targetNamespace: null, targetPod: null, targetNode: 'n9', targetInterface: 'any' });
    await make('ended', { targetPod: 'done' });
    await make('uid', { targetPod: 'other', targetPodUID: '00000000-0000-4000-8000-000000000000' });
    for (const [name, reason, message] of [
      ['no-node', 'NodeNotFound', 'There is no node n9. '],
      ['ended', 'PodEnded', 'Pod shop/done has ended (Succeeded). '],
      ['uid', 'PodNotFound', 'There is no Pod shop/other with the uid 00000000-0000-4000-8000-000000000000. '],
    ] as const) {
      await inTime(async () => (await condition(name, 'TargetFound'))?.status === 'False');
      const told = await condition(name, 'TargetFound');
      expect(told?.reason).toBe(reason);
      expect(told?.message.startsWith(message)).toBe(true);
    }
  });

  test('a Pod on a node without an agent: that is told, and cleared', async () => {
    await node('n1');
    await pod('shop', 'web-1', { node: 'n1' });
    await make('no-agent');
    await inTime(async () => (await condition('no-agent', 'AgentReady'))?.status === 'False');
    expect(await condition('no-agent', 'AgentReady')).toMatchObject({ reason: 'AgentNotReady', message: expect.stringMatching(/^The node n1 has no agent\. See kubectl -n pcapper /) as string });
    expect(await condition('no-agent', 'TargetFound')).toBeUndefined();
    await agent('n1');
    await inTime(async () => (await condition('no-agent', 'AgentReady'))?.status === 'True');
  });

  const WRITTEN = { progress: 'running', node: 'n1', message: 'Capturing on eth0.', interface: 'eth0' } as const;
  const running = () => ({ ...WRITTEN, startTime: time(clock.now()) });

  test('an agent that is replaced is not told', async () => {
    await agent('n1');
    await make('rolled', { captureSeconds: 600 });
    await report('rolled', running());
    await setAgent('n1', 'False');
    await clock.advance(25_000);
    await setAgent('n1', 'True');
    await inSomeTime(300_000);
    expect((await api.statusOf('rolled')).conditions).toBeUndefined();
  });

  test('an agent that is gone is told, with what is known of its node; and it is cleared when it is back', async () => {
    await agent('n1');
    await node('n1');
    await make('interrupted', { captureSeconds: 3600 });
    await report('interrupted', running());
    await setAgent('n1', 'False');
    await inTime(async () => (await condition('interrupted', 'AgentReady'))?.reason === 'AgentNotReady');
    await setStatus('/api/v1/nodes/n1', ready('False'));
    await inTime(async () => (await condition('interrupted', 'AgentReady'))?.reason === 'NodeNotReady');
    await api.client.delete('/api/v1/nodes/n1');
    await inTime(async () => (await condition('interrupted', 'AgentReady'))?.reason === 'NodeGone');
    await inTime(async () => (await eventsOf('interrupted')).length === 3);
    expect((await eventsOf('interrupted')).map(({ reason }) => reason).sort()).toEqual(['AgentNotReady', 'NodeGone', 'NodeNotReady']);
    expect(await api.statusOf('interrupted')).toMatchObject(WRITTEN);
    await setAgent('n1', 'True');
    await inTime(async () => (await condition('interrupted', 'AgentReady'))?.status === 'True');
    expect(await api.statusOf('interrupted')).toMatchObject(WRITTEN);
  });

  test('a node that is gone is a failure only past the deadline of the capture, and may still become finished', async () => {
    await agent('n1');
    await make('lost', { captureSeconds: 3600 });
    await report('lost', running());
    await removeAgent('n1');
    await inTime(async () => (await condition('lost', 'AgentReady'))?.reason === 'NodeGone');
    await inSomeTime(3_000_000);
    expect((await api.statusOf('lost')).progress).toBe('running');
    await inSomeTime(500_000);
    await inTime(async () => (await api.statusOf('lost')).progress === 'failure');
    expect(await api.statusOf('lost')).toMatchObject({ reason: 'NodeLost', node: 'n1', message: expect.stringMatching(/^The node n1 is gone from the cluster\. The time of the capture is over/) as string });
    expect(await condition('lost', 'Complete')).toMatchObject({ status: 'False', reason: 'NodeLost' });
    await inTime(async () => (await eventsOf('lost')).some(({ reason }) => reason === 'Failure'));
    const { metadata } = await api.get('lost');
    await agent('n1');
    await inSomeTime(120_000);
    expect((await api.get('lost')).metadata.resourceVersion).toBe(metadata.resourceVersion);

    const end = { progress: 'finished', node: 'n1', reason: 'Partial', message: 'Part of it is there.', completionTime: time(clock.now()) } as const;
    await report('lost', { ...end, conditions: [{ type: 'Complete', status: 'True', reason: 'Partial', message: 'So.', lastTransitionTime: time(clock.now()) }] });
    await inTime(async () => (await condition('lost', 'AgentReady'))?.status === 'True');
    expect(await api.statusOf('lost')).toMatchObject(end);
    expect(await condition('lost', 'Complete')).toMatchObject({ status: 'True', reason: 'Partial' });
  });

  test('what waits on a node that is gone has its whole time, from then on', async () => {
    await agent('n1');
    await make('waiting', { captureSeconds: 3600 });
    await report('waiting', { progress: 'scheduled', node: 'n1', message: 'Node n1 takes it.' });
    await inSomeTime(7_200_000);
    await removeAgent('n1');
    await inTime(async () => (await condition('waiting', 'AgentReady'))?.status === 'False');
    await inSomeTime(3_000_000);
    expect((await api.statusOf('waiting')).progress).toBe('scheduled');
    await inSomeTime(500_000);
    await inTime(async () => (await api.statusOf('waiting')).progress === 'failure');
  });

  test.each([1, -1])('a step of the wall clock (by %i h) ends nothing', async (hours) => {
    await agent('n1');
    await make('stepped', { captureSeconds: 3600 });
    await report('stepped', running());
    await removeAgent('n1');
    clock.jump(hours * 3_600_000);
    await inTime(async () => (await condition('stepped', 'AgentReady'))?.status === 'False');
    await inSomeTime(3_000_000);
    expect((await api.statusOf('stepped')).progress).toBe('running');
    await inSomeTime(500_000);
    await inTime(async () => (await api.statusOf('stepped')).progress === 'failure');
  });

  test('an operator that is new goes on with the time that is left, and tells nothing twice', async () => {
    await agent('n1');
    await make('handed-over', { captureSeconds: 3600 });
    await report('handed-over', running());
    await make('still-missing');
    await removeAgent('n1');
    await inTime(async () => (await condition('handed-over', 'AgentReady'))?.status === 'False' && (await condition('still-missing', 'TargetFound'))?.status === 'False');
    await inTime(async () => (await eventsOf('still-missing')).length === 1);
    const { metadata } = await api.get('still-missing');
    await operator.stop();
    await clock.advance(2_000_000);
    operator = await Operator.start(kubeconfig, clock);
    await inSomeTime(1_000_000);
    expect((await api.statusOf('handed-over')).progress).toBe('running');
    await inSomeTime(500_000);
    await inTime(async () => (await api.statusOf('handed-over')).progress === 'failure');
    expect((await api.get('still-missing')).metadata.resourceVersion).toBe(metadata.resourceVersion);
    expect(await eventsOf('still-missing')).toHaveLength(1);
  });

  test('a node whose clock is behind loses nothing by an operator that is new', async () => {
    await agent('n1');
    await make('behind', { captureSeconds: 600 });
    await report('behind', { ...WRITTEN, startTime: time(clock.now() - 7_200_000) });
    await setAgent('n1', 'False');
    await operator.stop();
    operator = await Operator.start(kubeconfig, clock);
    await inTime(async () => (await condition('behind', 'AgentReady'))?.status === 'False');
    await inSomeTime(400_000);
    expect((await api.statusOf('behind')).progress).toBe('running');
    await inSomeTime(300_000);
    await inTime(async () => (await api.statusOf('behind')).progress === 'failure');
  });

  test('a node by a name that is none is not asked for', async () => {
    await make('hostile', { captureSeconds: 600 });
    await report('hostile', { ...WRITTEN, node: '../namespaces/shop', startTime: time(clock.now()) });
    await inTime(async () => (await condition('hostile', 'AgentReady'))?.reason === 'NodeGone');
    expect(operator.calls.filter(({ path }) => path.includes('..'))).toEqual([]);
  });

  test('captures of a Job, and ones without an agent that have ended, are left alone', async () => {
    await make('job');
    await report('job', { dispatcher: 'Job', node: 'n1', progress: 'running', startTime: time(clock.now()) });
    await make('ended-alone');
    await report('ended-alone', { node: 'n1', progress: 'finished', reason: 'TimeLimit' });
    await inSomeTime(2_000_000);
    expect(await condition('job', 'AgentReady')).toBeUndefined();
    expect((await api.statusOf('job')).progress).toBe('running');
    expect((await api.statusOf('ended-alone')).conditions).toBeUndefined();
    // Who looks after agents does not tell its end, and says so.
    await inTime(async () => (await eventsOf('job')).length === 1);
    expect((await eventsOf('job'))[0]).toMatchObject({ reason: 'NotDispatched', type: 'Warning' });
    expect(await eventsOf('ended-alone')).toEqual([]);
  });

  test('where Jobs make captures, what nobody has is left to who makes them, and what an agent has is not', async () => {
    await operator.stop();
    operator = await Operator.start(kubeconfig, clock, 'job');
    await make('nobodys');
    await make('jobs-own');
    await report('jobs-own', { dispatcher: 'Job', node: 'n1', progress: 'running', startTime: time(clock.now()) });
    await make('agents');
    await report('agents', { dispatcher: 'Agent', node: 'n1', progress: 'running', startTime: time(clock.now()) });
    await inTime(async () => (await condition('agents', 'AgentReady'))?.reason === 'NodeGone');
    await inSomeTime(200_000);
    expect(await api.statusOf('nobodys')).toEqual({});
    expect((await api.statusOf('jobs-own')).conditions).toBeUndefined();
    expect([...(await eventsOf('nobodys')), ...(await eventsOf('jobs-own'))]).toEqual([]);
  });
});

/** The part of an operator that is of interest here. */
class Operator {
  readonly calls: ApiOutcome[] = [];
  readonly #captures: CaptureWatch;
  readonly #agents: AgentPods;
  readonly #targets: Targets;
  readonly #events: EventPost;
  readonly #client: KubernetesClient;
  readonly #life = new AbortController();
  readonly #seen = new Set<string>();

  static async start(kubeconfig: string, clock: ManualClock, dispatch: Dispatch = 'agent'): Promise<Operator> {
    const operator = new Operator(await loadConnection({ kubeconfig }), clock, dispatch);
    const { signal } = operator.#life;
    await operator.#targets.start(signal);
    await operator.#captures.start(signal);
    return operator;
  }

  private constructor(connection: ConstructorParameters<typeof KubernetesClient>[0], clock: ManualClock, dispatch: Dispatch) {
    this.#client = new KubernetesClient(connection, { observe: (outcome) => this.calls.push(outcome) });
    const { logger } = logged();
    const options = { client: this.#client, clock, logger, namespace: NAMESPACE };
    this.#events = new EventPost({ ...options, controller: 'pcapper.io/operator', instance: 'test', delay: 0 });
    this.#captures = new CaptureWatch(options);
    this.#agents = new AgentPods(options);
    this.#targets = new Targets({ ...options, captures: this.#captures, agents: this.#agents, events: this.#events, dispatch });
    this.#captures.onChange(({ uid, resourceVersion }) => this.#seen.add(`${uid} ${resourceVersion}`));
  }

  get refused(): readonly ApiOutcome[] {
    return this.calls.filter(({ statusCode }) => statusCode === 403 || statusCode === 422);
  }

  /** Resolves when it knows that version of a capture; it may be gone by then. */
  async sees({ metadata: { uid, resourceVersion } }: Capture): Promise<void> {
    await eventually(() => this.#seen.has(`${uid} ${resourceVersion}`));
  }

  /** Resolves when it knows that of the agent of a node. */
  async seesAgent(node: string, isReady: boolean): Promise<void> {
    await eventually(() => (this.#agents.unreadySince(node) === undefined) === isReady);
  }

  /** Resolves when all Events are made, and calls that were begun by now are answered. */
  async idle(): Promise<void> {
    await this.#events.flush();
    await this.#client.get('/version');
  }

  async stop(): Promise<void> {
    this.#life.abort(new Error('test over'));
    await this.#targets[Symbol.asyncDispose]();
    this.#events[Symbol.dispose]();
    this.#client[Symbol.dispose]();
  }
}
