import { lacking } from '../test/harness/requirements.ts';
import type { Say, Subject } from './figure.ts';
import type { Outcome } from './outcome.ts';

/** Runs them one after another; one that fails does not keep the next from being measured. */
export async function runSubjects(subjects: readonly Subject[], say: Say): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const subject of subjects) outcomes.push(...(await runSubject(subject, say)));
  return outcomes;
}

async function runSubject({ names, needs, run }: Subject, say: Say): Promise<readonly Outcome[]> {
  const fail = (error: string): readonly Outcome[] => {
    say(`${names.join(', ')} failed: ${error}`);
    return names.map((name) => ({ name, error }));
  };
  const missing = lacking(needs);
  if (missing.length > 0) return fail(missing.join('; '));
  const begun = performance.now();
  say(`${names.join(', ')} …`);
  try {
    const figures = await run((text) => say(`  ${text}`));
    // Who ends a long run has what is measured by then.
    say(`  took ${Math.round((performance.now() - begun) / 1000)} s: ${figures.map(({ name, value, unit }) => `${name} ${value} ${unit}`.trimEnd()).join(', ')}`);
    return names.map((name) => figures.find((figure) => figure.name === name) ?? { name, error: 'its subject did not measure it' });
  } catch (error) {
    return fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
