import { afterEach, inject } from 'vitest';
import { collectEvidence } from './collect-evidence.ts';

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await collectEvidence(inject('cluster'), task.name);
});
