import { describe, expect, it } from 'vitest';
import { ONE_SHOT_TOKENS, OPERATOR_TOKENS, TOKENS } from 'pcapper/di';
import { CodeBlocks } from './code-blocks.ts';
import { docsText, tablesOf } from './markdown-tables.ts';

const SECTIONS = [
  ['Tokens of the agent', 'TOKENS', TOKENS],
  ['Tokens of the one-shot mode', 'ONE_SHOT_TOKENS', ONE_SHOT_TOKENS],
  ['Tokens of the operator', 'OPERATOR_TOKENS', OPERATOR_TOKENS],
] as const;

/** What the tables leave to the reader: values by their names, and classes of one's own by what they have to be. */
const OF_THE_READER = `
import { randomUUID } from 'node:crypto';
import * as tsyringe from 'tsyringe';
import type { AgentSettings, CaptureAgent, CaptureDirectory, CaptureEngine, CaptureSource, ClaimStrategy, DiskGuard, EngineSettings, InterfaceResolver, Logger, PodDirectory, ProgressSink, TcpdumpRunner } from 'pcapper';
import { type CapturingMark, ONE_SHOT_TOKENS, type OneShot, OPERATOR_TOKENS, TOKENS } from 'pcapper/di';
import { type EventContent, type KubernetesConnection, KubernetesClient, type PodListener, PacketCaptureSource } from 'pcapper/kubernetes';
import { AgentsConfig, CaptureWatch, type Controller, JobWatch, LeaderElection, type Operator, PacketCaptureSets } from 'pcapper/operator';
import { ManualClock } from 'pcapper/testing';

declare const parts: tsyringe.DependencyContainer;
declare const connection: KubernetesConnection;
declare const logger: Logger;
declare const defaults: EngineSettings & AgentSettings;
declare const engine: CaptureEngine;
declare const agent: CaptureAgent;
declare const oneShot: OneShot;
declare const operator: Operator;
const base = (from: tsyringe.DependencyContainer) => ({ client: from.resolve(TOKENS.KubernetesClient), clock: from.resolve(TOKENS.Clock), logger: from.resolve(TOKENS.Logger), namespace: 'pcapper' });

declare const MyDirectory: new () => CaptureDirectory;
declare const MyGuard: new () => DiskGuard;
declare const MyResolver: new () => InterfaceResolver;
declare const MyRunner: new () => TcpdumpRunner;
declare const MyPods: new () => PodDirectory;
declare const MyClaim: new (pods: PodDirectory) => ClaimStrategy;
declare const MySource: new (pods: { start(changed: PodListener, signal: AbortSignal): Promise<void> }) => CaptureSource;
declare const MySink: new () => ProgressSink;
declare const MyMark: new () => CapturingMark;
declare class MyNodePods {
  start(changed: PodListener, signal: AbortSignal): Promise<void>;
  find(namespace: string, name: string): undefined;
  annotated(namespace: string, name: string): undefined;
}
declare class MyEvents implements AsyncDisposable {
  post(content: EventContent): void;
  [Symbol.asyncDispose](): Promise<void>;
}
declare class MyAgentPods {
  hasPod(node: string): boolean;
  onChange(listener: (node: string) => void): void;
  start(signal: AbortSignal): Promise<void>;
  unreadySince(node: string): number | undefined;
}
declare const MyController: new () => Controller;
declare const MyRetention: new (captures: Pick<CaptureWatch, 'get' | 'onChange'>) => AsyncDisposable;
declare const MyTargets: new (captures: Pick<CaptureWatch, 'get' | 'onChange'>) => Controller;
declare const MyDispatcher: typeof MyTargets;
`;

describe.each(SECTIONS)('%s', (section, members, tokens) => {
  const table = tablesOf(docsText('dependency-injection.md')).find(({ heading }) => heading === section);
  const rows = table?.rows ?? [];

  it('are all told, in their order, and no others', () => {
    expect(rows.map(([token]) => token)).toEqual(Object.keys(tokens));
  });

  it('are told with what, default, when to replace, and with what', () => {
    expect(table?.head).toEqual(expect.arrayContaining(['Token', 'What', 'Default', 'When to replace', 'With']));
    expect(rows.flat()).not.toContain('');
  });

  it('are replaced as the last column says, which compiles; anything else does not', { timeout: 120_000 }, () => {
    const once = members === 'OPERATOR_TOKENS' ? 'instancePerContainerCachingFactory' : 'instanceCachingFactory';
    const head = `${OF_THE_READER}const once = tsyringe.${once};\n`;
    const register = (token: string | undefined, provider: string | undefined) => `parts.register(${members}.${token}, ${provider});\n`;
    using blocks = new CodeBlocks(section, {
      blocks: [
        { file: 'as-told.ts', code: head + rows.map((row) => register(row[0], row.at(-1))).join('') },
        { file: 'else.ts', code: head + rows.map(([token]) => register(token, "{ useValue: 'something else' }")).join('') },
      ],
    });
    const errors = blocks.errors().filter((error) => !error.includes('is declared but'));
    const firstLine = head.split('\n').length;
    expect(errors.filter((error) => error.startsWith('as-told.ts'))).toEqual([]);
    expect([...new Set(errors.map((error) => error.split(' ')[0]))]).toEqual(rows.map((_, at) => `else.ts:${firstLine + at}`));
  });
});
