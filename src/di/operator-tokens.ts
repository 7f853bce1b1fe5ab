import type { EventPost, KubernetesClient } from '../adapters/kubernetes/index.ts';
import type { AgentPods, AgentsConfig, AgentsKeeper, CaptureWatch, CrdKeeper, JobDispatcher, JobWatch, LeaderElection, Operator, OwnInstallation, PacketCaptureSets, Retention, Targets, TermParts, WhileCrdServed } from '../operator/index.ts';
import { token } from './tokens.ts';

/** One token a part of the operator; it shares Clock, Logger and KubernetesClient with `TOKENS`. */
export const OPERATOR_TOKENS = {
  /** For the election alone. */
  LeaseClient: token<KubernetesClient>('LeaseClient'),
  OwnInstallation: token<OwnInstallation>('OwnInstallation'),
  LeaderElection: token<LeaderElection>('LeaderElection'),
  Operator: token<Operator>('Operator'),
  // Anew for each term of leadership.
  Events: token<EventPost>('OperatorEvents'),
  CrdKeeper: token<CrdKeeper>('CrdKeeper'),
  AgentsConfig: token<AgentsConfig>('AgentsConfig'),
  AgentsKeeper: token<AgentsKeeper>('AgentsKeeper'),
  CaptureWatch: token<CaptureWatch>('CaptureWatch'),
  AgentPods: token<AgentPods>('AgentPods'),
  Retention: token<Retention>('Retention'),
  Targets: token<Targets>('Targets'),
  JobWatch: token<JobWatch>('JobWatch'),
  JobDispatcher: token<JobDispatcher>('JobDispatcher'),
  DeploymentCaptures: token<WhileCrdServed>('DeploymentCaptures'),
  PacketCaptureSets: token<PacketCaptureSets>('PacketCaptureSets'),
  TermParts: token<TermParts>('TermParts'),
} as const;
