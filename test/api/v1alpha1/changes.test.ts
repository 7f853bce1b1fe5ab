import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENT_CAPTURE, OPENSHIFT_API_VERSION, validateDeploymentCapture } from '../../../src/api/openshift/index.ts';
import { deploymentCaptureSchema } from '../../../src/api/openshift/deployment-capture-schema.ts';
import { API_VERSION, type PacketCaptureStatus, validatePacketCapture, validatePacketCaptureSet } from '../../../src/api/v1alpha1/index.ts';
import { packetCaptureSetSchema } from '../../../src/api/v1alpha1/schema/packet-capture-set-schema.ts';
import { packetCaptureSchema } from '../../../src/api/v1alpha1/schema/packet-capture-schema.ts';
import type { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { ask } from './answer.ts';
import { ALL_CRDS, startWithCrds } from './installed-crds.ts';
import { foundViolations, toldViolations } from './told-violations.ts';
import { without } from './without.ts';

const pod = { targetNamespace: 'shop', targetPod: 'web-1' };

interface SpecChange {
  readonly name: string;
  readonly from: Readonly<Record<string, unknown>>;
  readonly to: unknown;
  /** Fields that are refused; none: the change is taken. */
  readonly refused: readonly string[];
}

const captureChanges: readonly SpecChange[] = [
  { name: 'nothing', from: pod, to: pod, refused: [] },
  { name: 'stop', from: pod, to: { ...pod, stop: true }, refused: [] },
  { name: 'retainFiles to true', from: pod, to: { ...pod, retainFiles: true }, refused: [] },
  { name: 'retainFiles to false', from: { ...pod, retainFiles: true }, to: pod, refused: [] },
  { name: 'a lifetime', from: pod, to: { ...pod, ttlSecondsAfterFinished: '60' }, refused: [] },
  { name: 'a shorter lifetime', from: { ...pod, ttlSecondsAfterFinished: 60 }, to: { ...pod, ttlSecondsAfterFinished: 0 }, refused: [] },
  { name: 'no lifetime any more', from: { ...pod, ttlSecondsAfterFinished: 60 }, to: pod, refused: [] },
  { name: 'stop back to false', from: { ...pod, stop: true }, to: { ...pod, stop: false }, refused: ['spec.stop'] },
  { name: 'stop removed', from: { ...pod, stop: true }, to: pod, refused: ['spec.stop'] },
  { name: 'another Pod', from: pod, to: { ...pod, targetPod: 'web-2' }, refused: ['spec.targetPod'] },
  { name: 'another namespace', from: pod, to: { ...pod, targetNamespace: 'other' }, refused: ['spec.targetNamespace'] },
  { name: 'a uid', from: pod, to: { ...pod, targetPodUID: 'u' }, refused: ['spec.targetPodUID'] },
  { name: 'an interface', from: pod, to: { ...pod, targetInterface: 'any' }, refused: ['spec.targetInterface'] },
  { name: 'no interface', from: { ...pod, targetInterface: 'any' }, to: pod, refused: ['spec.targetInterface'] },
  {
    name: 'a node instead of a Pod',
    from: pod,
    to: { targetNode: 'n1', targetInterface: 'any' },
    refused: ['spec.targetInterface', 'spec.targetNamespace', 'spec.targetNode', 'spec.targetPod'],
  },
  { name: 'a filter', from: pod, to: { ...pod, captureFilter: 'tcp' }, refused: ['spec.captureFilter'] },
  { name: 'another filter', from: { ...pod, captureFilter: 'udp' }, to: { ...pod, captureFilter: 'tcp' }, refused: ['spec.captureFilter'] },
  { name: 'no filter', from: { ...pod, captureFilter: 'udp' }, to: pod, refused: ['spec.captureFilter'] },
  { name: 'more time', from: pod, to: { ...pod, captureSeconds: 601 }, refused: ['spec.captureSeconds'] },
  { name: 'the same time in other words', from: pod, to: { ...pod, captureSeconds: '600' }, refused: ['spec.captureSeconds'] },
  { name: 'the default removed', from: { ...pod, captureSeconds: 5 }, to: pod, refused: ['spec.captureSeconds'] },
  { name: 'larger files', from: pod, to: { ...pod, maxFileSize: '1G' }, refused: ['spec.maxFileSize'] },
  { name: 'more files', from: pod, to: { ...pod, fileCount: 11 }, refused: ['spec.fileCount'] },
  { name: 'a packet limit', from: pod, to: { ...pod, maxPackets: 1 }, refused: ['spec.maxPackets'] },
  { name: 'no packet limit', from: { ...pod, maxPackets: 1 }, to: pod, refused: ['spec.maxPackets'] },
  { name: 'shorter packets', from: pod, to: { ...pod, snapLength: 96 }, refused: ['spec.snapLength'] },
];

const targetRef = { kind: 'Deployment', name: 'web' };
const web = { targetNamespace: 'shop', targetRef };

const setChanges: readonly SpecChange[] = [
  { name: 'nothing', from: web, to: web, refused: [] },
  { name: 'stop and retainFiles', from: web, to: { ...web, stop: true, retainFiles: true, ttlSecondsAfterFinished: 1 }, refused: [] },
  { name: 'stop back to false', from: { ...web, stop: true }, to: web, refused: ['spec.stop'] },
  { name: 'another namespace', from: web, to: { ...web, targetNamespace: 'other' }, refused: ['spec.targetNamespace'] },
  { name: 'another workload', from: web, to: { ...web, targetRef: { ...targetRef, name: 'db' } }, refused: ['spec.targetRef'] },
  {
    name: 'a selector instead',
    from: web,
    to: { targetNamespace: 'shop', selector: { matchLabels: { app: 'web' } } },
    refused: ['spec.selector', 'spec.targetRef'],
  },
  {
    name: 'another selector',
    from: { targetNamespace: 'shop', selector: { matchLabels: { app: 'web' } } },
    to: { targetNamespace: 'shop', selector: {} },
    refused: ['spec.selector'],
  },
  { name: 'more Pods', from: web, to: { ...web, maxPods: 64 }, refused: ['spec.maxPods'] },
  { name: 'other limits', from: web, to: { ...web, template: { fileCount: 3 } }, refused: ['spec.template'] },
  { name: 'limits removed', from: { ...web, template: { fileCount: 3 } }, to: web, refused: ['spec.template'] },
];

const qwer = { jobId: 'qwer', targetNamespace: 'shop', targetDeployment: 'web', duration: '30' };

const deploymentChanges: readonly SpecChange[] = [
  { name: 'nothing', from: qwer, to: qwer, refused: [] },
  { name: 'another run', from: qwer, to: { ...qwer, jobId: 'asdf' }, refused: ['spec.jobId'] },
  { name: 'another namespace', from: qwer, to: { ...qwer, targetNamespace: 'other' }, refused: ['spec.targetNamespace'] },
  { name: 'another Deployment', from: qwer, to: { ...qwer, targetDeployment: 'db' }, refused: ['spec.targetDeployment'] },
  { name: 'more time', from: qwer, to: { ...qwer, duration: '31' }, refused: ['spec.duration'] },
  { name: 'the same time as a number', from: qwer, to: { ...qwer, duration: 30 }, refused: ['spec.duration'] },
];

const specChanges = [
  {
    apiVersion: API_VERSION,
    kind: 'PacketCapture',
    plural: 'packetcaptures',
    changes: captureChanges,
    validate: validatePacketCapture,
    fields: Object.keys(packetCaptureSchema.properties.spec.properties),
  },
  {
    apiVersion: API_VERSION,
    kind: 'PacketCaptureSet',
    plural: 'packetcapturesets',
    changes: setChanges,
    validate: validatePacketCaptureSet,
    fields: Object.keys(packetCaptureSetSchema.properties.spec.properties),
  },
  {
    apiVersion: OPENSHIFT_API_VERSION,
    kind: DEPLOYMENT_CAPTURE.kind,
    plural: DEPLOYMENT_CAPTURE.plural,
    changes: deploymentChanges,
    validate: validateDeploymentCapture,
    fields: Object.keys(deploymentCaptureSchema.properties.spec.properties),
  },
] as const;

interface StatusChange {
  readonly name: string;
  readonly from: PacketCaptureStatus | undefined;
  readonly to: PacketCaptureStatus | undefined;
  readonly refused: readonly string[];
}

const ended: PacketCaptureStatus = { progress: 'finished', node: 'n1', reason: 'TimeLimit' };
const failed: PacketCaptureStatus = { progress: 'failure', node: 'n1', reason: 'FilterInvalid' };
const lost: PacketCaptureStatus = { progress: 'failure', node: 'n1', reason: 'NodeLost' };
const running: PacketCaptureStatus = { progress: 'running', node: 'n1' };
const scheduled: PacketCaptureStatus = { progress: 'scheduled', node: 'n1' };

const statusChanges: readonly StatusChange[] = [
  { name: 'none → scheduled', from: undefined, to: scheduled, refused: [] },
  { name: 'none → failure', from: undefined, to: failed, refused: [] },
  { name: 'assigned → scheduled', from: { node: 'n1' }, to: scheduled, refused: [] },
  { name: 'scheduled → none', from: scheduled, to: { reason: 'TargetMoved' }, refused: [] },
  { name: 'scheduled → removed', from: scheduled, to: undefined, refused: [] },
  { name: 'scheduled → running', from: scheduled, to: running, refused: [] },
  { name: 'scheduled → failure', from: scheduled, to: failed, refused: [] },
  { name: 'running → running', from: running, to: { ...running, message: 'more' }, refused: [] },
  { name: 'running → finished', from: running, to: ended, refused: [] },
  { name: 'running → failure', from: running, to: lost, refused: [] },
  { name: 'running → scheduled', from: running, to: scheduled, refused: ['status.progress'] },
  { name: 'running → none', from: running, to: { node: 'n1' }, refused: ['status.progress'] },
  { name: 'running → removed', from: running, to: undefined, refused: ['status.progress'] },
  { name: 'finished → finished, with another message', from: ended, to: { ...ended, message: 'and more' }, refused: [] },
  { name: 'finished → Partial', from: ended, to: { ...ended, reason: 'Partial' }, refused: [] },
  { name: 'finished → running', from: ended, to: running, refused: ['status.progress'] },
  { name: 'finished → scheduled', from: ended, to: scheduled, refused: ['status.progress'] },
  { name: 'finished → failure', from: ended, to: failed, refused: ['status.progress'] },
  { name: 'finished → failure by NodeLost', from: ended, to: lost, refused: ['status.progress', 'status.reason'] },
  { name: 'finished → none', from: ended, to: { reason: 'TargetMoved' }, refused: ['status.progress'] },
  { name: 'finished → removed', from: ended, to: undefined, refused: ['status.progress'] },
  { name: 'failure → finished', from: failed, to: ended, refused: ['status.progress'] },
  { name: 'failure → running', from: failed, to: running, refused: ['status.progress'] },
  { name: 'failure → none', from: failed, to: { node: 'n1' }, refused: ['status.progress'] },
  { name: 'failure → removed', from: failed, to: undefined, refused: ['status.progress'] },
  { name: 'failure → failure by NodeLost', from: failed, to: lost, refused: ['status.reason'] },
  { name: 'failure without reason → failure by NodeLost', from: { progress: 'failure' }, to: lost, refused: ['status.reason'] },
  { name: 'failure without reason → finished', from: { progress: 'failure' }, to: ended, refused: ['status.progress'] },
  { name: 'NodeLost → finished', from: lost, to: ended, refused: [] },
  { name: 'NodeLost → another failure', from: lost, to: failed, refused: [] },
  { name: 'NodeLost → running', from: lost, to: running, refused: ['status.progress'] },
  { name: 'NodeLost → none', from: lost, to: { node: 'n1' }, refused: ['status.progress'] },
  { name: 'NodeLost → removed', from: lost, to: undefined, refused: ['status.progress'] },
  { name: 'finished of the reason NodeLost → failure', from: { progress: 'finished', reason: 'NodeLost' }, to: lost, refused: ['status.progress'] },
];

const messages = [packetCaptureSchema, packetCaptureSetSchema, deploymentCaptureSchema].flatMap(({ transitions }) => transitions.map(({ message }) => message));
const pathsOf = (violations: readonly string[]) => violations.map((violation) => violation.slice(0, violation.indexOf(': ')));
const captureWith = (status: PacketCaptureStatus | undefined) => ({ spec: pod, ...(status === undefined ? {} : { status }) });

describe('rules on changes in TypeScript', () => {
  describe.each(specChanges)('of a $kind of $apiVersion', ({ changes, validate, fields }) => {
    it.each(changes)('$name', ({ from, to, refused }) => {
      expect(pathsOf(foundViolations(validate({ spec: to }, { spec: from })))).toEqual(refused);
    });

    it('lock each field but those that may change', () => {
      const locked = new Set(changes.flatMap(({ refused }) => refused));
      expect([...locked].sort()).toEqual(
        fields
          .filter((field) => !['retainFiles', 'ttlSecondsAfterFinished'].includes(field))
          .map((field) => `spec.${field}`)
          .sort(),
      );
    });
  });

  it.each(statusChanges)('$name', ({ from, to, refused }) => {
    expect(pathsOf(foundViolations(validatePacketCapture(captureWith(to), captureWith(from))))).toEqual(refused);
  });
});

requires('kube-apiserver').describe('rules on changes on a real API server', () => {
  let server: KubeApiserver;
  let count = 0;
  beforeAll(async () => {
    server = await startWithCrds(ALL_CRDS);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const create = async (kind: string, plural: string, spec: unknown, apiVersion: string = API_VERSION) => {
    const collection = `/apis/${apiVersion}/namespaces/default/${plural}`;
    const { status, body } = await ask(server, 'POST', collection, {
      apiVersion,
      kind,
      metadata: { name: `c-${++count}` },
      spec,
    });
    expect({ status, body }).toMatchObject({ status: 201 });
    return { path: `${collection}/c-${count}`, object: body as Record<string, unknown> };
  };

  describe.each(specChanges)('of a $kind of $apiVersion', ({ apiVersion, kind, plural, changes, validate }) => {
    it.each(changes)('$name', async ({ from, to, refused }) => {
      const { path, object } = await create(kind, plural, from, apiVersion);
      const { status, body } = await ask(server, 'PUT', path, { ...object, spec: to });
      const told = toldViolations(body, messages);
      expect({ status, told }).toEqual({
        status: refused.length > 0 ? 422 : 200,
        told: foundViolations(validate({ spec: to }, { spec: from })),
      });
      expect(pathsOf(told)).toEqual(refused);
    });

    it('spec cannot be removed, so it cannot be added again', async () => {
      const [{ from }] = changes as unknown as [SpecChange];
      const { path, object } = await create(kind, plural, from, apiVersion);
      const bare = without(object, 'spec');
      const refusals = [
        await ask(server, 'PUT', path, bare),
        await ask(server, 'PUT', `${path}/status`, bare),
        await ask(server, 'PUT', path, { ...object, spec: null }),
        await ask(server, 'PATCH', path, [{ op: 'remove', path: '/spec' }], { contentType: 'application/json-patch+json' }),
        await ask(server, 'PATCH', path, { spec: null }, { contentType: 'application/merge-patch+json' }),
        await ask(server, 'PATCH', path, { spec: {} }, { contentType: 'application/merge-patch+json' }),
      ];
      // What goes to /status cannot touch the spec; an empty merge changes nothing.
      expect(refusals.map(({ status }) => status)).toEqual([422, 200, 422, 422, 422, 200]);
      const { body } = await ask(server, 'GET', path);
      expect((body as { spec: unknown }).spec).toEqual(object['spec']);
    });
  });

  it.each(statusChanges)('$name', async ({ from, to, refused }) => {
    const { path, object } = await create('PacketCapture', 'packetcaptures', pod);
    const before = await ask(server, 'PUT', `${path}/status`, { ...object, ...captureWith(from) });
    expect(before.status).toBe(200);
    const after = await ask(server, 'PUT', `${path}/status`, { ...without(before.body as { status?: unknown }, 'status'), ...captureWith(to) });
    const told = toldViolations(after.body, messages);
    expect({ status: after.status, told }).toEqual({
      status: refused.length > 0 ? 422 : 200,
      told: foundViolations(validatePacketCapture(captureWith(to), captureWith(from))),
    });
  });

  it.each([
    ['a merge patch that removes status', 'application/merge-patch+json', { status: null }, 422],
    ['a merge patch that removes progress', 'application/merge-patch+json', { status: { progress: null } }, 422],
    ['a JSON patch that removes status', 'application/json-patch+json', [{ op: 'remove', path: '/status' }], 422],
    ['a JSON patch that empties status', 'application/json-patch+json', [{ op: 'replace', path: '/status', value: {} }], 422],
    ['a JSON patch that adds status anew', 'application/json-patch+json', [{ op: 'add', path: '/status', value: { progress: 'running' } }], 422],
  ])('the end stays: %s', async (_, contentType, patch, expected) => {
    const { path, object } = await create('PacketCapture', 'packetcaptures', pod);
    expect((await ask(server, 'PUT', `${path}/status`, { ...object, status: ended })).status).toBe(200);
    expect((await ask(server, 'PATCH', `${path}/status`, patch, { contentType })).status).toBe(expected);
    const { body } = await ask(server, 'GET', path);
    expect((body as { status: unknown }).status).toEqual(ended);
  });

  it('the end stays: an apply by its own manager that leaves progress out', async () => {
    const { path } = await create('PacketCapture', 'packetcaptures', pod);
    const apply = (status: PacketCaptureStatus) =>
      ask(
        server,
        'PATCH',
        `${path}/status`,
        { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', status },
        { contentType: 'application/apply-patch+yaml', query: { fieldManager: 'pcapper-agent', force: true } },
      );
    expect((await apply(ended)).status).toBe(200);
    expect((await apply({ reason: 'TargetMoved' })).status).toBe(422);
    expect((await apply({ ...ended, message: 'more' })).status).toBe(200);
  });

  it('a status does not come with the creation, and not by way of the object', async () => {
    const collection = '/apis/pcapper.io/v1alpha1/namespaces/default/packetcaptures';
    const object = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', metadata: { name: 'with-status' }, spec: pod, status: ended };
    const created = await ask(server, 'POST', collection, object);
    expect(created.body).not.toHaveProperty('status');
    const put = await ask(server, 'PUT', `${collection}/with-status`, { ...(created.body as object), status: ended });
    expect(put.status).toBe(200);
    expect(put.body).not.toHaveProperty('status');
  });
});
