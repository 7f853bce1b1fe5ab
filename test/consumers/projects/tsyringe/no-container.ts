// The agent where nobody has a container yet.
import { createContainer, TOKENS } from 'pcapper/di';
import { runAgent } from './agent.js';

const told = await runAgent(await createContainer(), (parts) => parts.register(TOKENS.ClaimStrategy, {
  useValue: { claim: ({ name }: { name: string }) => Promise.resolve(name === 'web-1' ? ({ kind: 'pod', namespace: 'shop', name, uid: name, cgroupUid: name, hostNetwork: false } as const) : undefined) },
}));
console.log(JSON.stringify({ told }));
