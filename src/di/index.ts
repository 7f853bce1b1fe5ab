export { registerPcapper, type PcapperOptions } from './register-pcapper.ts';
export { TOKENS, type Token } from './tokens.ts';
export { agentHelp, type AgentSettings, describeSettings, readAgentSettings } from '../adapters/environment/agent-settings.ts';
export { misspelledSettings } from '../adapters/environment/misspelled-settings.ts';
export { type Hostmount, openHostmount } from '../adapters/disk/open-hostmount.ts';
export { HealthServer, type HealthServerOptions } from '../adapters/http/health-server.ts';
export { type AgentMetrics, createAgentMetrics, type MetricsView } from '../adapters/metrics/agent-metrics.ts';
export { checkPrograms } from '../adapters/tcpdump/check-programs.ts';
