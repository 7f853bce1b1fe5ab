import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProxy } from '../api-proxy.ts';
import type { LurkingTrouble, PassingCall, Trouble } from '../api-trouble.ts';
import type { Fault, FaultKind, Ground, Lifecycle, Scene, Truth } from '../fault.ts';
import type { Random } from '../random.ts';
import type { Step } from '../steps.ts';

/** How long a trouble that the agent may not run into, because it has nothing to ask, is kept up. */
const PATIENCE_MS = 3_000;

const isRead = ({ method }: PassingCall) => method === 'GET';
const isWrite = ({ method }: PassingCall) => method !== 'GET';
const isWatch = (call: PassingCall) => call.isWatch;
const isStatusWrite = ({ method, path }: PassingCall) => method === 'PATCH' && path.endsWith('/status');

/** Whatever the API server does, nothing of a capture may be lost by it. */
const NOTHING_LOST = (): Truth => ({});

const nothing = () => Promise.resolve();

/** Between `claimed` and `spawned` the agent has nothing to say to the API server. */
const STEPS_THAT_TALK: readonly Step[] = ['before-claim', 'claimed', 'spawned', 'running', 'stopping', 'reporting', 'reported'];
/** The next thing to say is the status. */
const STEPS_THAT_WRITE: readonly Step[] = ['before-claim', 'spawned', 'running', 'stopping', 'reporting'];

/** Something that befalls the API server itself, and with it all agents. */
function onServer(name: string, acts: { readonly strike: (scene: Scene) => Promise<void>; readonly heal?: (scene: Scene) => Promise<void> }): FaultKind {
  return { name, steps: STEPS_THAT_TALK, stage: () => Promise.resolve<Fault>({ ...acts, truth: NOTHING_LOST, [Symbol.asyncDispose]: nothing }) };
}

/** Something that befalls what n1's agent and the API server say to each other. */
function between(
  name: string,
  { strike, heal, truth = NOTHING_LOST }: { readonly strike: (proxy: ApiProxy, scene: Scene) => Promise<void>; readonly heal: (proxy: ApiProxy, scene: Scene) => Promise<void>; readonly truth?: () => Truth },
): FaultKind {
  return {
    name,
    steps: STEPS_THAT_TALK,
    async stage({ server }: Ground): Promise<Fault> {
      const proxy = await ApiProxy.start({ kubeconfig: server.kubeconfig });
      return {
        environment: { KUBECONFIG: proxy.kubeconfig },
        strike: (scene) => strike(proxy, scene),
        heal: (scene) => heal(proxy, scene),
        truth,
        [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
      };
    },
  };
}

interface Befalling {
  readonly trouble: (random: Random) => Trouble;
  readonly when?: (call: PassingCall) => boolean;
  /** Default: {@link STEPS_THAT_TALK}. */
  readonly steps?: readonly Step[];
  /** How many requests. Default: 1 to 6. */
  readonly times?: (random: Random) => number;
  /** Open watches are cut as well, so that it is met at once. */
  readonly cutsWatches?: boolean;
  /** How long it is waited for that all have come. Default: {@link PATIENCE_MS}. */
  readonly patience?: number;
  readonly lifecycles?: readonly Lifecycle[];
  readonly truth?: () => Truth;
}

/** A trouble of so many requests. */
function befalling(name: string, { trouble, when, steps = STEPS_THAT_TALK, times = (random) => random.whole(1, 6), cutsWatches = false, patience = PATIENCE_MS, lifecycles, truth = NOTHING_LOST }: Befalling): FaultKind {
  return {
    name,
    steps,
    ...(lifecycles && { lifecycles }),
    async stage({ server, random }: Ground): Promise<Fault> {
      const proxy = await ApiProxy.start({ kubeconfig: server.kubeconfig });
      const count = times(random);
      const what = trouble(random);
      let lurking: LurkingTrouble | undefined;
      return {
        environment: { KUBECONFIG: proxy.kubeconfig },
        strike(scene) {
          lurking = proxy.inject(what, { ...(when && { when }), times: count });
          if (cutsWatches) proxy.cutWatches();
          scene.note(`${JSON.stringify(what)} befalls ${count} requests`);
          return Promise.resolve();
        },
        async heal(scene) {
          await lurking?.hitsWithin(count, patience);
          scene.note(`it has befallen ${(lurking?.calls ?? []).map(({ method, path, isWatch: watch }) => `${watch ? 'WATCH' : method} ${path}`).join(', ')}`);
          lurking?.[Symbol.dispose]();
        },
        truth,
        [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
      };
    },
  };
}

const away = ({ random }: Scene) => sleep(random.whole(200, PATIENCE_MS));

export const API_FAULTS: readonly FaultKind[] = [
  onServer('api-stopped', {
    strike: ({ server }) => server.stop(),
    async heal(scene) {
      await away(scene);
      await scene.server.restart();
    },
  }),
  onServer('api-paused', {
    strike: ({ server }) => server.pause(),
    async heal(scene) {
      await away(scene);
      scene.server.resume();
    },
  }),
  onServer('api-restarted', { strike: ({ server }) => server.restart() }),
  onServer('api-history-expired', { strike: ({ server }) => server.expireHistory() }),

  between('api-refused', {
    strike: (proxy) => proxy.refuse(),
    async heal(proxy, scene) {
      await away(scene);
      await proxy.accept();
    },
  }),
  between('api-black-hole', {
    strike(proxy) {
      proxy.fallSilent();
      return Promise.resolve();
    },
    async heal(proxy, scene) {
      await away(scene);
      proxy.speak();
    },
  }),
  between('api-watches-cut', {
    strike(proxy, { random }) {
      proxy.inject({ kind: 'close-midway' }, { when: isWatch, times: random.whole(1, 5) });
      proxy.cutWatches();
      return Promise.resolve();
    },
    heal: nothing,
  }),

  befalling('api-slow', { trouble: (random) => ({ kind: 'slow', ms: random.whole(200, 2_000) }) }),
  befalling('api-expired', { trouble: () => ({ kind: 'expired' }), when: isRead, cutsWatches: true }),
  befalling('api-busy', { trouble: (random) => ({ kind: 'refusal', status: 429, retryAfterSeconds: random.whole(0, 2) }), cutsWatches: true }),
  befalling('api-broken', { trouble: (random) => ({ kind: 'refusal', status: random.pick([500, 503]) }), cutsWatches: true }),
  befalling('api-forbidden', { trouble: () => ({ kind: 'refusal', status: 403 }), cutsWatches: true }),
  befalling('api-reset', { trouble: () => ({ kind: 'reset' }) }),
  befalling('api-answers-cut', { trouble: () => ({ kind: 'close-midway' }), when: (call) => !call.isWatch }),
  befalling('api-answer-lost', { trouble: () => ({ kind: 'lose-answer' }), when: isWrite, steps: STEPS_THAT_WRITE, times: (random) => random.whole(1, 3) }),
  befalling('api-write-held', { trouble: () => ({ kind: 'hold' }), when: isWrite, steps: STEPS_THAT_WRITE, times: () => 1 }),
  befalling('api-answer-held', { trouble: () => ({ kind: 'hold-answer' }), when: isWrite, steps: STEPS_THAT_WRITE, times: () => 1 }),
  // Ten tries of the queue alone, each up to twice as long after the last (30 s at most), would take two minutes.
  befalling('api-status-fails-ten-times', { trouble: () => ({ kind: 'refusal', status: 500 }), when: isStatusWrite, steps: STEPS_THAT_WRITE, lifecycles: ['none', 'stop'], times: () => 10, patience: 180_000 }),
];
