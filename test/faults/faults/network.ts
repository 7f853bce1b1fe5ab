import { setTimeout as sleep } from 'node:timers/promises';
import type { Cell, Fault, FaultKind, Scene, Truth } from '../fault.ts';
import { PodNetwork } from '../pod-network.ts';
import { type Step, STEPS } from '../steps.ts';

const ENDED: readonly Step[] = ['reporting', 'reported'];

interface Acts {
  readonly strike: (network: PodNetwork, scene: Scene) => Promise<void>;
  readonly heal?: (network: PodNetwork, scene: Scene) => Promise<void>;
  readonly truth: Truth | ((device: string) => Truth);
}

function onNetwork(name: string, { strike, heal, truth }: Acts): FaultKind {
  return {
    name,
    steps: STEPS.filter((step) => !ENDED.includes(step)),
    stage: ({ device }) =>
      Promise.resolve<Fault>({
        strike: (scene) => strike(new PodNetwork(scene.pod), scene),
        ...(heal && { heal: (scene: Scene) => heal(new PodNetwork(scene.pod), scene) }),
        // What has ended is as it was.
        truth: ({ step, lifecycle }: Cell) => (ENDED.includes(step) && lifecycle !== 'recreate' ? {} : typeof truth === 'function' ? truth(device) : truth),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  };
}

/** Shorter than a target is waited for. */
const briefly = ({ random }: Scene) => sleep(random.whole(0, 1_200));

/** It was not there when a capture was to begin, or it was for a moment. */
const NOT_THERE = ['PodNotFound', 'InterfaceNotFound', 'InterfaceDisappeared', 'NoDefaultRoute', 'InterfaceDown', 'InterfaceNotResolved'];
const BRIEFLY_GONE: Truth = { partial: true, failures: NOT_THERE, finishes: ['TargetGone'] };

export const NETWORK_FAULTS: readonly FaultKind[] = [
  onNetwork('namespace-deleted', {
    strike: (network) => network.deleteNamespace(),
    truth: { partial: true, mutes: true, endsCapture: true, failures: ['PodNotFound', 'InterfaceDisappeared', 'InterfaceDown'], finishes: ['TargetGone'] },
  }),
  // The same Pod in another network namespace; who sent in the old one has nothing to send through any more.
  onNetwork('sandbox-renewed', {
    strike: (_network, { pod }) => pod.renewSandbox(),
    truth: { ...BRIEFLY_GONE, mutes: true },
  }),
  onNetwork('interface-down', {
    strike: (network) => network.takeDown(),
    async heal(network, scene) {
      await briefly(scene);
      await network.bringUp();
    },
    truth: BRIEFLY_GONE,
  }),
  onNetwork('interface-renamed', {
    strike: (network) => network.rename('eth0', 'net9'),
    async heal(network, scene) {
      await briefly(scene);
      await network.rename('net9', 'eth0');
    },
    truth: BRIEFLY_GONE,
  }),
  onNetwork('interface-removed', {
    strike: (network) => network.remove(),
    // What captures `any` device goes on with the others.
    truth: (device) => ({ partial: true, mutes: true, endsCapture: device !== 'any', failures: NOT_THERE, finishes: ['TargetGone'] }),
  }),
  onNetwork('interface-made-again', {
    strike: (network) => network.remove(),
    async heal(network, scene) {
      await briefly(scene);
      await network.makeAgain();
    },
    truth: BRIEFLY_GONE,
  }),
];
