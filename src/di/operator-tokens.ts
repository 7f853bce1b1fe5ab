/* eslint-disable @typescript-eslint/no-unnecessary-type-assertion -- an assertion is declared in the words written here; the names in a type argument would come in another order from build to build, and the API report with them */
import type { EventPost, KubernetesClient } from '../adapters/kubernetes/index.ts';
import type { AgentPods, AgentsConfig, CaptureWatch, Controller, JobWatch, LeaderElection, Operator, OwnInstallation, TermParts } from '../operator/index.ts';
import { type Token, token } from './tokens.ts';

/** One token a part of the operator, by what the others need of it; it shares Clock, Logger and KubernetesClient with `TOKENS`. */
export const OPERATOR_TOKENS = {
  /** Calls the API server for the election alone, so that no renewal waits behind other calls. Default: a `KubernetesClient` of its own. Replace it for other limits. */
  LeaseClient: token<KubernetesClient>('LeaseClient'),
  /** Tells whether the operator is being uninstalled. Default: by its own namespace and Deployment. Replace it when it is installed by other means. */
  OwnInstallation: token('OwnInstallation') as Token<Pick<OwnInstallation, 'isBeingRemoved'>>,
  /** Lets one of several replicas work. Default: by the Lease `pcapper-operator`. Replace it for other times, or another Lease. */
  LeaderElection: token('LeaderElection') as Token<Pick<LeaderElection, 'isInformed' | 'isLeading' | 'run'>>,
  /** Runs the terms of leadership; to be run by you. Default: an `Operator` that makes `TermParts` in a child container for each term. Replaced rarely. */
  Operator: token('Operator') as Token<Pick<Operator, 'ready' | 'run'>>,
  /** Makes Kubernetes Events. A new one for each term. Default: an `EventPost`. Replace it for other waits. */
  Events: token('OperatorEvents') as Token<Pick<EventPost, 'post'> & AsyncDisposable>,
  /** Installs the CRDs. A new one for each term. Default: both of pcapper. Replace it to install more. */
  CrdKeeper: token<Controller>('CrdKeeper'),
  /** The settings of the agents. A new one for each term. Default: of the ConfigMap of the setting `configMap`. Replace it for another ConfigMap or image. */
  AgentsConfig: token('AgentsConfig') as Token<Pick<AgentsConfig, 'name' | 'obstacle' | 'onChange' | 'settings'> & Controller>,
  /** The DaemonSet of agents. A new one for each term. Default: `AgentsKeeper`. Replace it for another patience. */
  AgentsKeeper: token<Controller>('AgentsKeeper'),
  /** One watch of all PacketCaptures. A new one for each term. Default: `CaptureWatch`. Replace it for other times between lists. */
  CaptureWatch: token('CaptureWatch') as Token<Pick<CaptureWatch, 'get' | 'onChange' | 'start' | 'uids'>>,
  /** One watch of the agents' Pods. A new one for each term. Default: `AgentPods`. Replaced rarely. */
  AgentPods: token('AgentPods') as Token<Pick<AgentPods, 'hasPod' | 'onChange' | 'start' | 'unreadySince'>>,
  /** Removes captures by their `ttlSecondsAfterFinished`. A new one for each term. Default: `Retention`. Replace it for a rule of your own. */
  Retention: token<AsyncDisposable>('Retention'),
  /** Tells of targets and nodes that are not there. A new one for each term. Default: `Targets`. Replace it for other rules. */
  Targets: token<Controller>('Targets'),
  /** One watch of the Jobs of captures and their Pods. A new one for each term. Default: `JobWatch`. Replaced rarely. */
  JobWatch: token('JobWatch') as Token<Pick<JobWatch, 'captureUids' | 'jobsOf' | 'onChange' | 'podsOf' | 'start'>>,
  /** A Job for each PacketCapture, where the setting `dispatch` is `job`. A new one for each term. Default: `JobDispatcher`. Replace it to run captures another way. */
  JobDispatcher: token<Controller>('JobDispatcher'),
  /** PacketCaptures of OpenShift's group, while their CRD is there and the setting `dispatch` is `job`. A new one for each term. Default: `DeploymentCaptures`. Replace it by what else is to work while a CRD is there. */
  DeploymentCaptures: token<Controller>('DeploymentCaptures'),
  /** Captures of each Pod of a workload. A new one for each term. Default: `PacketCaptureSets`. Replace it for another time between writes of counters. */
  PacketCaptureSets: token<Controller>('PacketCaptureSets'),
  /** What a term runs, in order. Made anew for each term. Default: the parts above. Replace it to add controllers of your own, or to leave some out. */
  TermParts: token<TermParts>('TermParts'),
} as const;
