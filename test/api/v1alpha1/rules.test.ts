import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENT_CAPTURE, defaultDeploymentCapture, OPENSHIFT_API_VERSION, validateDeploymentCapture } from '../../../src/api/openshift/index.ts';
import { deploymentCaptureSchema } from '../../../src/api/openshift/deployment-capture-schema.ts';
import {
  API_VERSION,
  defaultPacketCapture,
  defaultPacketCaptureSet,
  PACKET_CAPTURE,
  PACKET_CAPTURE_SET,
  validatePacketCapture,
  validatePacketCaptureSet,
} from '../../../src/api/v1alpha1/index.ts';
import { packetCaptureSchema } from '../../../src/api/v1alpha1/schema/packet-capture-schema.ts';
import { packetCaptureSetSchema } from '../../../src/api/v1alpha1/schema/packet-capture-set-schema.ts';
import type { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { ask } from './answer.ts';
import { badDeployments, goodDeployments, mistypedDeployments } from '../openshift/deployment-capture-cases.ts';
import { ALL_CRDS, startWithCrds } from './installed-crds.ts';
import { badCaptures, goodCaptures, mistypedCaptures } from './packet-capture-cases.ts';
import { badSets, goodSets, mistypedSets } from './packet-capture-set-cases.ts';
import { ruleMessages } from './rule-messages.ts';
import { foundViolations, toldViolations } from './told-violations.ts';

const resources = [
  {
    apiVersion: API_VERSION,
    names: PACKET_CAPTURE,
    messages: ruleMessages(packetCaptureSchema),
    good: goodCaptures,
    bad: badCaptures,
    mistyped: mistypedCaptures,
    validate: validatePacketCapture,
    withDefaults: defaultPacketCapture,
  },
  {
    apiVersion: API_VERSION,
    names: PACKET_CAPTURE_SET,
    messages: ruleMessages(packetCaptureSetSchema),
    good: goodSets,
    bad: badSets,
    mistyped: mistypedSets,
    validate: validatePacketCaptureSet,
    withDefaults: defaultPacketCaptureSet,
  },
  {
    apiVersion: OPENSHIFT_API_VERSION,
    names: DEPLOYMENT_CAPTURE,
    messages: ruleMessages(deploymentCaptureSchema),
    good: goodDeployments,
    bad: badDeployments,
    mistyped: mistypedDeployments,
    validate: validateDeploymentCapture,
    withDefaults: defaultDeploymentCapture,
  },
] as const;

const objectOf = ({ apiVersion, names: { kind } }: (typeof resources)[number], spec: unknown) => ({ apiVersion, kind, metadata: { name: 'one', namespace: 'default' }, spec });
const pathOf = (violation: string) => violation.slice(0, violation.indexOf(': '));

describe.each(resources)('the rules of a $names.kind of $apiVersion in TypeScript', (resource) => {
  const { messages, good, bad, mistyped, validate } = resource;

  it.each(good)('take $name', ({ spec }) => {
    expect(validate(objectOf(resource, spec))).toEqual([]);
  });

  it.each(bad)('refuse $name', ({ spec, paths }) => {
    const found = foundViolations(validate(objectOf(resource, spec)));
    expect(found.map(pathOf)).toEqual(paths);
  });

  it.each(mistyped)('refuse $name', ({ spec }) => {
    expect(validate(objectOf(resource, spec))).not.toEqual([]);
  });

  it('are each broken by a case', () => {
    const told = new Set(bad.flatMap(({ spec }) => validate(objectOf(resource, spec)).map(({ message }) => message)));
    expect([...told].sort()).toEqual([...new Set(messages)].sort());
  });
});

requires('kube-apiserver').describe('the rules on a real API server', () => {
  let server: KubeApiserver;
  beforeAll(async () => {
    server = await startWithCrds(ALL_CRDS);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describe.each(resources)('of a $names.kind of $apiVersion', (resource) => {
    const { apiVersion, names, messages, good, bad, mistyped, validate, withDefaults } = resource;
    const create = (spec: unknown) =>
      ask(server, 'POST', `/apis/${apiVersion}/namespaces/default/${names.plural}`, objectOf(resource, spec), {
        query: { dryRun: 'All' },
      });

    it.each(good)('take $name, with the same defaults', async ({ spec, stored }) => {
      const { status, body } = await create(spec);
      expect({ status, body }).toMatchObject({ status: 201, body: { spec: stored ?? {} } });
      expect((body as { spec: unknown }).spec).toEqual((withDefaults(objectOf(resource, spec)) as { spec: unknown }).spec);
    });

    it.each(bad)('refuse $name in the same words', async ({ spec, paths }) => {
      const { status, body } = await create(spec);
      const told = toldViolations(body, messages);
      expect({ status, told }).toEqual({ status: 422, told: foundViolations(validate(objectOf(resource, spec))) });
      expect(told.map(pathOf)).toEqual(paths);
    });

    it.each(mistyped)('refuse $name', async ({ spec }) => {
      expect((await create(spec)).status).toBe(422);
    });
  });
});
