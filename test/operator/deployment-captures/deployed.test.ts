import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { container } from 'tsyringe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { OPERATOR_TOKENS, readOperatorSettings, registerOperator, TOKENS } from 'pcapper/di';
import { type ApiOutcome, KubernetesClient, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { requires } from '../../harness/requirements.ts';
import { PlayedJobs } from '../jobs/played-jobs.ts';
import { logged } from '../logged.ts';
import { Cluster } from '../sets/cluster.ts';
import { type CaptureObject, CAPTURES, CONFIG_MAPS, JOBS, NAMESPACE, resultOf } from './world.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const documents = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(new URL(`../../../deploy/jobs/${file}`, import.meta.url), 'utf8'), { version: '1.1' }).map((document) => document.toJS() as Manifest);

/** As kubectl finds the path of a kind. */
function pathOf({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s`;
}

requires('kube-apiserver').describe('deploy/jobs on a real API server', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start([]);
    const [kustomization] = documents('kustomization.yaml') as unknown as readonly [{ readonly resources: readonly string[] }];
    for (const manifest of kustomization.resources.flatMap(documents)) await cluster.client.create(pathOf(manifest), manifest);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  test('with no rights but those the operator captures the published example, and sweeps after it', async () => {
    const connection = await loadConnection({ kubeconfig: await cluster.server.kubeconfigForServiceAccount(NAMESPACE, 'pcapper-operator') });
    const [operatorManifest] = documents('operator.yaml').filter(({ kind }) => kind === 'Deployment') as unknown as readonly { readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[]; readonly env: readonly { readonly name: string; readonly value?: string }[] }[] } } } }[];
    const deployed = operatorManifest?.spec.template.spec.containers[0];
    expect(deployed?.args).toEqual(['--dispatch', 'job']);
    const given = Object.fromEntries((deployed?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))) as Readonly<Record<string, string>>;
    const settings = readOperatorSettings({ ...given, NAMESPACE, POD_NAME: 'operator-1', DISPATCH: 'job' });
    const { logger, lines } = logged();
    const calls: ApiOutcome[] = [];
    const parts = registerOperator(container.createChildContainer(), { settings, connection, logger });
    const clients = [TOKENS.KubernetesClient, OPERATOR_TOKENS.LeaseClient].map((token) => {
      const client = new KubernetesClient(connection, { observe: (outcome) => calls.push(outcome) });
      parts.register(token, { useValue: client });
      return client;
    });
    const life = new AbortController();
    const operator = parts.resolve(OPERATOR_TOKENS.Operator);
    const ended = operator.run(life.signal);
    try {
      await eventually(() => operator.ready);
      await eventually(() => lines.some((line) => line.includes('the CRD is there')));
      const gitops = await cluster.namespace('openshift-gitops');
      await cluster.makeWorkload(gitops, 'Deployment', 'openshift-gitops-server', 1);
      await cluster.podOf(gitops, 'openshift-gitops-server', '7d9c', 'x2z', 'Running', 'n1');
      const [example] = documents('samples/openshift-gitops-server.yaml');
      await cluster.client.create(CAPTURES, example ?? {});
      const jobs = new PlayedJobs(cluster.client, NAMESPACE);
      const job = await eventually(async () => (await jobs.list())[0]);
      const pod = await jobs.makePod(job);
      await jobs.run(pod, Date.now());
      const capture = () => cluster.client.get<CaptureObject>(`${CAPTURES}/${example?.metadata.name ?? ''}`);
      await eventually(async () => (await capture()).status?.progress === 'running');
      await jobs.end(pod, resultOf(Date.now(), 251), 'n1');
      await eventually(async () => (await capture()).status?.progress === 'finished');
      await cluster.client.delete(`${CAPTURES}/${example?.metadata.name ?? ''}`);
      await eventually(async () => (await cluster.client.list(JOBS)).items.length === 0);
      const present = async () => (await cluster.client.list(CONFIG_MAPS)).items.map(({ metadata }) => metadata.name);
      await eventually(async () => !(await present()).includes('openshift-gitops-openshift-gitops-server'));
      expect(await present()).toContain('pcapper-config');
      expect(calls.filter(({ statusCode }) => statusCode === 403).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    } finally {
      life.abort(new Error('SIGTERM'));
      await ended;
      for (const client of clients) client[Symbol.dispose]();
    }
  });

  test('gives the Pods of Jobs no rights, and the operator none that write outside of its namespace', () => {
    const rbac = documents('rbac.yaml') as readonly (Manifest & { readonly subjects?: readonly { readonly name: string }[]; readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[] })[];
    expect(new Set(rbac.flatMap(({ subjects = [] }) => subjects.map(({ name }) => name)))).toEqual(new Set(['pcapper-operator']));
    const writing = rbac.filter(({ kind }) => kind === 'ClusterRole').flatMap(({ rules = [] }) => rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb))));
    expect(writing.flatMap(({ resources }) => resources)).toEqual(['customresourcedefinitions']);
  });
});
