import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
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
import { startWithCrds } from './installed-crds.ts';
import { badCaptures, goodCaptures, mistypedCaptures } from './packet-capture-cases.ts';
import { badSets, goodSets, mistypedSets } from './packet-capture-set-cases.ts';
import { ruleMessages } from './rule-messages.ts';
import { foundViolations, toldViolations } from './told-violations.ts';

const resources = [
  {
    names: PACKET_CAPTURE,
    messages: ruleMessages(packetCaptureSchema),
    good: goodCaptures,
    bad: badCaptures,
    mistyped: mistypedCaptures,
    validate: validatePacketCapture,
    withDefaults: defaultPacketCapture,
  },
  {
    names: PACKET_CAPTURE_SET,
    messages: ruleMessages(packetCaptureSetSchema),
    good: goodSets,
    bad: badSets,
    mistyped: mistypedSets,
    validate: validatePacketCaptureSet,
    withDefaults: defaultPacketCaptureSet,
  },
] as const;

const objectOf = (kind: string, spec: unknown) => ({ apiVersion: 'pcapper.io/v1alpha1', kind, metadata: { name: 'one', namespace: 'default' }, spec });
const pathOf = (violation: string) => violation.slice(0, violation.indexOf(': '));

describe.each(resources)('the rules of a $names.kind in TypeScript', ({ names, messages, good, bad, mistyped, validate }) => {
  it.each(good)('take $name', ({ spec }) => {
    expect(validate(objectOf(names.kind, spec))).toEqual([]);
  });

  it.each(bad)('refuse $name', ({ spec, paths }) => {
    const found = foundViolations(validate(objectOf(names.kind, spec)));
    expect(found.map(pathOf)).toEqual(paths);
  });

  it.each(mistyped)('refuse $name', ({ spec }) => {
    expect(validate(objectOf(names.kind, spec))).not.toEqual([]);
  });

  it('are each broken by a case', () => {
    const told = new Set(bad.flatMap(({ spec }) => validate(objectOf(names.kind, spec)).map(({ message }) => message)));
    expect([...told].sort()).toEqual([...new Set(messages)].sort());
  });
});

requires('kube-apiserver').describe('the rules on a real API server', () => {
  let server: KubeApiserver;
  beforeAll(async () => {
    server = await startWithCrds();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describe.each(resources)('of a $names.kind', ({ names, messages, good, bad, mistyped, validate, withDefaults }) => {
    const create = (spec: unknown) =>
      ask(server, 'POST', `/apis/pcapper.io/v1alpha1/namespaces/default/${names.plural}`, objectOf(names.kind, spec), {
        query: { dryRun: 'All' },
      });

    it.each(good)('take $name, with the same defaults', async ({ spec, stored }) => {
      const { status, body } = await create(spec);
      expect({ status, body }).toMatchObject({ status: 201, body: { spec: stored ?? {} } });
      expect((body as { spec: unknown }).spec).toEqual((withDefaults(objectOf(names.kind, spec)) as { spec: unknown }).spec);
    });

    it.each(bad)('refuse $name in the same words', async ({ spec, paths }) => {
      const { status, body } = await create(spec);
      const told = toldViolations(body, messages);
      expect({ status, told }).toEqual({ status: 422, told: foundViolations(validate(objectOf(names.kind, spec))) });
      expect(told.map(pathOf)).toEqual(paths);
    });

    it.each(mistyped)('refuse $name', async ({ spec }) => {
      expect((await create(spec)).status).toBe(422);
    });
  });
});
