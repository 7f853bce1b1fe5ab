import type { Fault, FaultKind } from '../fault.ts';

/** The agent is killed at the step; another one follows. */
export const agentSigkill: FaultKind = {
  name: 'agent-sigkill',
  stage: () => Promise.resolve<Fault>({
    strike: async ({ victim }) => {
      await victim.end('SIGKILL');
    },
    truth: () => ({ partial: true }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
};
