import { type CaptureRequest, MEGABYTE } from '../../core/capture-request.ts';
import type { Demand, RequestIdentity } from '../../core/capture-source.ts';
import type { CaptureTarget } from '../../core/capture-target.ts';
import { isInterfaceName } from '../../core/interface-name.ts';
import { parseQuantity } from '../../core/quantity.ts';
import { PACKET_CAPTURE } from './group.ts';
import type { PacketCaptureSpec } from './packet-capture.ts';
import { objectIdentity } from './object-identity.ts';
import { requestInvalid } from './request-invalid.ts';
import { namespaceName, objectName } from './rules/kubernetes-name.ts';
import type { Rule } from './rules/rule.ts';
import { objectUid } from './rules/uid.ts';
import { packetCaptureSchema } from './schema/packet-capture-schema.ts';
import { violations } from './schema/violations.ts';
import { isRecord, withDefaults } from './schema/with-defaults.ts';

const { spec: specSchema } = packetCaptureSchema.properties;

/** What a PacketCapture of any shape asks for, with defaults and units resolved, or everything that is wrong with it. */
export function parsePacketCapture(object: unknown): Demand {
  const identity = objectIdentity(object);
  const spec = isRecord(object) && isRecord(object['spec']) ? withDefaults(specSchema, object['spec']) : undefined;
  const wrong = [
    ...(identity === undefined ? [{ path: 'metadata', message: 'metadata must hold a name and a uid as the API server makes them' }] : []),
    ...(spec === undefined ? [{ path: 'spec', message: 'spec is required' }] : violations(specSchema, spec, 'spec')),
  ];
  if (identity !== undefined && wrong.length === 0) {
    return { valid: true, request: requestOf(identity, spec as PacketCaptureSpec) };
  }
  const target = isRecord(spec) ? nameableTarget(spec) : undefined;
  return { valid: false, ...(target === undefined ? {} : { target }), error: requestInvalid(PACKET_CAPTURE.kind, wrong) };
}

function requestOf(identity: RequestIdentity, spec: PacketCaptureSpec): CaptureRequest {
  const filter = spec.captureFilter?.trim() ?? '';
  return {
    ...identity,
    target: targetOf(spec),
    ...(filter === '' ? {} : { filter }),
    limits: {
      seconds: Number(spec.captureSeconds),
      maxFileSize: wholeMegabytes(spec.maxFileSize ?? ''),
      fileCount: Number(spec.fileCount),
      ...(spec.maxPackets === undefined ? {} : { maxPackets: Number(spec.maxPackets) }),
      snapLength: Number(spec.snapLength),
    },
  };
}

/** tcpdump's `-C` takes whole millions of bytes. */
function wholeMegabytes(size: string | number): number {
  return Math.floor(parseQuantity(size) / MEGABYTE) * MEGABYTE;
}

function targetOf(spec: PacketCaptureSpec): CaptureTarget {
  const { targetNamespace = '', targetPod = '', targetPodUID, targetNode, targetInterface } = spec;
  if (targetNode !== undefined) return { kind: 'node', node: targetNode, interface: targetInterface ?? '' };
  return {
    kind: 'pod',
    namespace: targetNamespace,
    name: targetPod,
    ...(targetPodUID === undefined ? {} : { uid: targetPodUID }),
    ...(targetInterface === undefined ? {} : { interface: targetInterface }),
  };
}

/** The target of an invalid request, as far as it decides which node tells what is wrong. */
function nameableTarget(spec: Readonly<Record<string, unknown>>): CaptureTarget | undefined {
  const { targetNamespace, targetPod, targetPodUID, targetNode, targetInterface } = spec;
  const device = typeof targetInterface === 'string' && isInterfaceName(targetInterface) ? targetInterface : undefined;
  const hasPod = isText(targetNamespace, namespace) && isText(targetPod, anyName);
  if (isText(targetNode, anyName) && targetPod === undefined) return { kind: 'node', node: targetNode, interface: device ?? 'any' };
  if (hasPod && targetNode === undefined) {
    const uid = isText(targetPodUID, podUid) ? { uid: targetPodUID } : {};
    return { kind: 'pod', namespace: targetNamespace, name: targetPod, ...uid, ...(device === undefined ? {} : { interface: device }) };
  }
  return undefined;
}

const anyName = objectName('name');
const namespace = namespaceName('namespace');
const podUid = objectUid('targetPodUID');

function isText(value: unknown, { holds }: Rule<string>): value is string {
  return typeof value === 'string' && holds(value);
}
