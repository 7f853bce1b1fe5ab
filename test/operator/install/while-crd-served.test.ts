import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { KubernetesClient, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import { deploymentCaptureCrd } from '../../../src/api/openshift/index.ts';
import { DEPLOYMENT_CAPTURE_CRD, DEPLOYMENT_CAPTURE_CRD_RULES } from '../../../src/operator/deployment-captures/index.ts';
import type { Controller } from '../../../src/operator/controller.ts';
import { WhileCrdServed } from '../../../src/operator/install/while-crd-served.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import { logged } from '../logged.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

requires('kube-apiserver').describe('a controller of a CRD that may not be there, on a real API server', () => {
  let api: KubeApiserver;
  let admin: KubernetesClient;
  beforeAll(async () => {
    api = await KubeApiserver.start();
    admin = new KubernetesClient(await loadConnection({ kubeconfig: api.kubeconfig }));
  });
  afterAll(async () => {
    admin[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  const { lines, logger } = logged();
  const clock = new ManualClock();
  /** What became of each controller that was made. */
  let made: { isStarted: boolean; isAborted: boolean; isDisposed: boolean }[];
  let running: { readonly served: WhileCrdServed; readonly client: KubernetesClient; readonly life: AbortController } | undefined;
  beforeEach(() => {
    made = [];
    lines.splice(0);
  });
  afterEach(async () => {
    running?.life.abort(new Error('the test is over'));
    await running?.served[Symbol.asyncDispose]();
    running?.client[Symbol.dispose]();
    running = undefined;
    await api.request('DELETE', `${CRDS}/${DEPLOYMENT_CAPTURE_CRD}`);
    await eventually(async () => (await api.request('GET', `${CRDS}/${DEPLOYMENT_CAPTURE_CRD}`)).status === 404);
  });

  async function start(kubeconfig = api.kubeconfig): Promise<Promise<void>> {
    const client = new KubernetesClient(await loadConnection({ kubeconfig }));
    const served = new WhileCrdServed({
      client,
      clock,
      logger,
      crd: DEPLOYMENT_CAPTURE_CRD,
      rules: DEPLOYMENT_CAPTURE_CRD_RULES,
      make: (): Controller => {
        const state = { isStarted: false, isAborted: false, isDisposed: false };
        made.push(state);
        return {
          start: async (signal) => {
            state.isStarted = true;
            signal.addEventListener('abort', () => (state.isAborted = true));
            await Promise.resolve();
          },
          [Symbol.asyncDispose]: async () => {
            await sleep(1);
            state.isDisposed = true;
          },
        };
      },
    });
    const life = new AbortController();
    running = { served, client, life };
    return Promise.resolve(served.start(life.signal));
  }
  const install = () => admin.create(CRDS, deploymentCaptureCrd());

  test('without it all is well, and told once; it works while the CRD is there, anew each time', async () => {
    await start();
    expect(lines.filter((line) => line.includes('there is no such CRD'))).toHaveLength(1);
    await install();
    await eventually(() => made[0]?.isStarted);
    await admin.delete(`${CRDS}/${DEPLOYMENT_CAPTURE_CRD}`);
    await eventually(() => made[0]?.isAborted && made[0].isDisposed);
    await eventually(async () => (await api.request('GET', `${CRDS}/${DEPLOYMENT_CAPTURE_CRD}`)).status === 404);
    await install();
    await eventually(() => made[1]?.isStarted);
    expect(made).toHaveLength(2);
    expect(lines.filter((line) => line.includes('there is no such CRD'))).toHaveLength(1);
    expect(lines.filter((line) => !line.startsWith('info'))).toEqual([]);
  });

  test('is let go of with the term', async () => {
    await install();
    await start();
    await eventually(() => made[0]?.isStarted);
    running?.life.abort(new Error('the Lease is lost'));
    await eventually(() => made[0]?.isAborted && made[0].isDisposed);
    expect(made).toHaveLength(1);
  });

  test('does it with its rules and no other rights; without them it says which', async () => {
    const user = 'crd-reader';
    const starting = start(await api.kubeconfigFor(user));
    await eventually(() => lines.some((line) => line.includes('Grant it by a ClusterRole with the rules') && line.includes(DEPLOYMENT_CAPTURE_CRD)));
    await grant(api, { user, rules: DEPLOYMENT_CAPTURE_CRD_RULES });
    let isStarted = false;
    void starting.then(() => (isStarted = true));
    await eventually(async () => {
      await clock.advance(30_000);
      return isStarted;
    });
    await install();
    await eventually(async () => {
      await clock.advance(30_000);
      return made[0]?.isStarted;
    });
  });
});
