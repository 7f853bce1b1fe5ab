/**
 * Every part by its token, for tsyringe; and what programs are made of around them.
 * @module pcapper/di
 */
export { createContainer } from './create-container.ts';
export { registerPcapper, type PcapperOptions } from './register-pcapper.ts';
export { OPERATOR_TOKENS } from './operator-tokens.ts';
export { registerOperator, type RegisterOperatorOptions } from './register-operator.ts';
export { ONE_SHOT_TOKENS } from './one-shot-tokens.ts';
export { type OneShotOptions, registerOneShot } from './register-one-shot.ts';
export { TOKENS, type Token } from './tokens.ts';
export { AGENT_SETTING_LIST, agentHelp, type AgentSettings, describeSettings, readAgentSettings } from '../adapters/environment/agent-settings.ts';
export { operatorHelp } from '../operator/operator-help.ts';
export { OPERATOR_SETTING_LIST, OPERATOR_VARIABLES, type OperatorSettings, readOperatorSettings } from '../adapters/environment/operator-settings.ts';
export { ONE_SHOT_SETTING_LIST, oneShotHelp, type OneShotSettings, readOneShotSettings } from '../adapters/environment/one-shot-settings.ts';
export { type ProgramMode, type ProgramOptions, runProgram, tellFailure } from '../adapters/environment/run-program.ts';
export type { Setting, Texts } from '../adapters/environment/settings-table.ts';
export { misspelledSettings } from '../adapters/environment/misspelled-settings.ts';
export { tellOneShotFailure } from '../adapters/one-shot/tell-one-shot-failure.ts';
export { formatOrder, type OneShotOrder } from '../api/one-shot/capture-order.ts';
export { type CaptureOutcome, parseOutcome } from '../api/one-shot/capture-outcome.ts';
export { oneShotIdentity } from '../api/one-shot/one-shot-identity.ts';
export { type Hostmount, type HostmountOptions, openHostmount } from '../adapters/disk/open-hostmount.ts';
export { OneShotLeftovers, type OneShotLeftoversOptions } from '../adapters/disk/one-shot-leftovers.ts';
export { HealthServer, type HealthServerOptions } from '../adapters/http/health-server.ts';
export { type AgentMetrics, createAgentMetrics, type MetricsView } from '../adapters/metrics/agent-metrics.ts';
export { checkPrograms } from '../adapters/tcpdump/check-programs.ts';
export type { CapturingMark } from '../core/one-shot/capturing-mark.ts';
export type { OneShot } from '../core/one-shot/one-shot.ts';
