import type { CaptureEnding } from '../engine/capture-ending.ts';
import type { RestartDecision } from './restart-decision.ts';

/** How captures end that are taken over from an earlier agent; `continue` lets them go on. */
export const TAKE_OVER_ENDINGS: { readonly [D in Extract<RestartDecision, 'continue' | 'conclude' | 'close'>]: CaptureEnding | undefined } = {
  continue: undefined,
  conclude: { kind: 'finish', reason: 'TimeLimit', lacking: 'No agent was there when its time was up: what was dropped by then is not known.' },
  close: { kind: 'finish', reason: 'Stopped' },
};
