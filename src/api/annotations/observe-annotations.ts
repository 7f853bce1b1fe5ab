import { createHash } from 'node:crypto';
import { checkCaptureFilter } from '../../core/capture-filter.ts';
import { type CaptureRequest, DEFAULT_LIMITS, MEGABYTE } from '../../core/capture-request.ts';
import type { Demand, ObservedRequest, RequestIdentity } from '../../core/capture-source.ts';
import type { PodTarget } from '../../core/capture-target.ts';
import { CaptureError } from '../../core/errors/capture-error.ts';
import { RequestInvalidError } from '../../core/errors/request-errors.ts';
import { isAskedFileBase } from '../../core/file-names.ts';
import { problemOf } from '../v1alpha1/request-invalid.ts';
import { interfaceNameRules } from '../v1alpha1/rules/interface-name.ts';
import { captureFilterRules, fileCountRule } from '../v1alpha1/rules/limits.ts';
import type { Rule } from '../v1alpha1/rules/rule.ts';
import { wholeNumber } from '../v1alpha1/rules/whole-number.ts';
import { CAPTURE_SECONDS } from '../v1alpha1/schema/limit-fields.ts';
import { ringOfOne } from '../v1alpha1/warnings.ts';
import { type AnnotationKey, type CaptureAnnotations, KEYS } from './keys.ts';

/** A Pod with annotations that are about captures. */
export interface AnnotatedPod {
  /** `metadata.namespace`, where Events about it go. */
  readonly namespace: string;
  /** `metadata.name`. */
  readonly name: string;
  /** `metadata.uid`: another Pod of the name is another request. */
  readonly uid: string;
  /** Those about captures, as they are written; not checked yet. */
  readonly annotations: CaptureAnnotations;
}

const HASH_DIGITS = 16;

const RULES: readonly (readonly [AnnotationKey, ...Rule<string>[]])[] = [
  [KEYS.antrea, fileCountRule(KEYS.antrea)],
  [KEYS.capture, fileCountRule(KEYS.capture)],
  [KEYS.filter, ...captureFilterRules(KEYS.filter)],
  [KEYS.seconds, wholeNumber({ field: KEYS.seconds, ...CAPTURE_SECONDS })],
  [KEYS.interface, ...interfaceNameRules(KEYS.interface)],
];

/** Whether the annotations ask for a capture, be it in a way that is not allowed. */
export function asksForCapture(annotations: CaptureAnnotations): boolean {
  return annotations[KEYS.antrea] !== undefined || annotations[KEYS.capture] !== undefined;
}

/** What a Pod asks for. Of another value it is another request; of the same Pod and values always the same. */
export function observeAnnotations(pod: AnnotatedPod): ObservedRequest {
  const identity = { uid: requestUid(pod), name: requestName(pod) };
  return { ...identity, demand: demandOf(pod, identity), recorded: {}, stop: false, retainFiles: false };
}

/** `NAMESPACE.POD`: a namespace has no dot. */
function requestName({ namespace, name }: Pick<AnnotatedPod, 'namespace' | 'name'>): string {
  return `${namespace}.${name}`;
}

/** The Pod that a request tells of. */
export function podOfRequest({ uid, name }: RequestIdentity): Omit<AnnotatedPod, 'annotations'> {
  const dot = name.indexOf('.');
  return { namespace: name.slice(0, dot), name: name.slice(dot + 1), uid: uid.slice(0, -1 - HASH_DIGITS) };
}

/** `POD_UID.HASH`, the hash being of keys and values. */
function requestUid({ uid, annotations }: AnnotatedPod): string {
  const sorted = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${uid}.${createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, HASH_DIGITS)}`;
}

function demandOf(pod: AnnotatedPod, identity: RequestIdentity): Demand {
  const { annotations } = pod;
  const target = targetOf(pod);
  const wrong = [...conflicts(annotations), ...RULES.flatMap(([key, ...rules]) => broken(annotations[key], rules))];
  if (wrong.length > 0) return { valid: false, target, error: new RequestInvalidError({ problem: problemOf(wrong), advice: adviceFor(pod) }) };
  const request = requestOf(pod, identity, target);
  try {
    if (request.filter !== undefined) checkCaptureFilter(request.filter);
  } catch (error) {
    if (CaptureError.is(error)) return { valid: false, target, error };
    throw error;
  }
  const key = annotations[KEYS.antrea] === undefined ? KEYS.capture : KEYS.antrea;
  return { valid: true, request, warnings: ringOfOne(request, key) };
}

function requestOf({ namespace, name, uid, annotations }: AnnotatedPod, identity: RequestIdentity, target: PodTarget): CaptureRequest {
  const filter = annotations[KEYS.filter]?.trim() ?? '';
  const seconds = annotations[KEYS.seconds];
  return {
    ...identity,
    fileNames: [`capture-${name}`, `capture-${name}_${namespace}`].filter(isAskedFileBase),
    slot: uid,
    target,
    ...(filter === '' ? {} : { filter }),
    limits: {
      ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
      maxFileSize: MEGABYTE,
      fileCount: Number(annotations[KEYS.antrea] ?? annotations[KEYS.capture]),
      snapLength: DEFAULT_LIMITS.snapLength,
    },
  };
}

function targetOf({ namespace, name, uid, annotations }: AnnotatedPod): PodTarget {
  return { kind: 'pod', namespace, name, uid, interface: annotations[KEYS.interface] ?? 'any' };
}

/** What keys there may be together. */
function conflicts(annotations: CaptureAnnotations): readonly { readonly message: string }[] {
  const { antrea, capture, ...more } = KEYS;
  if (annotations[antrea] !== undefined && annotations[capture] !== undefined) return [{ message: `${antrea} and ${capture} are both set; one of them asks for a capture` }];
  if (annotations[capture] !== undefined) return [];
  const without = annotations[antrea] === undefined ? 'it is not set, so nothing is captured' : `${antrea} captures everything`;
  return Object.values(more)
    .filter((key) => annotations[key] !== undefined)
    .map((key) => ({ message: `${key} needs ${capture} beside it: ${without}` }));
}

function broken(given: string | undefined, rules: readonly Rule<string>[]) {
  return given === undefined ? [] : rules.filter(({ holds }) => !holds(given)).map(({ message }) => ({ message, given }));
}

function adviceFor({ namespace, name }: AnnotatedPod): string {
  return `Correct that with kubectl -n ${namespace} annotate --overwrite pod ${name} KEY=VALUE, or KEY- to remove one; a capture that runs goes on as it was.`;
}
