import type { MergePlan } from '../../adapters/pcap/merge-plan.ts';
import { arrayOf, integer, record, string } from '../../core/parse-json.ts';

const SCHEMA_VERSION = 1;

/** Of what a partial file is the beginning. */
export interface PartPlan {
  readonly captureUid: string;
  readonly plan: Pick<MergePlan, 'header' | 'files'>;
  /** As `PcapMerge.taken` has it. */
  readonly taken: ReadonlyMap<string, number>;
}

export function formatPartPlan({ captureUid, plan, taken }: PartPlan): string {
  return `${JSON.stringify({ ...contentOf({ captureUid, plan }), taken: [...taken].map(([name, bytes]) => ({ name, bytes })) }, undefined, 1)}\n`;
}

/** What was taken of files, if the text is the plan of the same merge. */
export function parsePartPlan(text: string, expected: Omit<PartPlan, 'taken'>): ReadonlyMap<string, number> | undefined {
  try {
    const { taken, ...content } = record(JSON.parse(text), 'plan');
    if (JSON.stringify(content) !== JSON.stringify(contentOf(expected))) return undefined;
    return new Map(arrayOf(taken, 'taken', (given, at) => [string(record(given, at)['name'], at), integer(record(given, at)['bytes'], at)] as const));
  } catch {
    return undefined;
  }
}

function contentOf({ captureUid, plan }: Omit<PartPlan, 'taken'>) {
  const files = plan.files.map(({ name, bytes, head }) => ({ name, bytes, head: head.toString('hex') }));
  return { schemaVersion: SCHEMA_VERSION, captureUid, header: plan.header.toString('hex'), files };
}
