/**
 * Engine, agent, strategies, errors: captures from code, without Kubernetes.
 * @module pcapper
 */
export * from './core/errors/index.ts';
export type { CaptureErrorCode } from './core/errors/capture-error-code.ts';
export type { AgentParts, AgentSettings } from './core/agent/agent-parts.ts';
export { CaptureAgent } from './core/agent/capture-agent.ts';
export type { CaptureDirectory, FileInspection, LoadedManifests } from './core/capture-directory.ts';
export type { CaptureManifest, ClosedManifest, Instant, ManifestState, SegmentEnd, SegmentRecord } from './core/capture-manifest.ts';
export { type CaptureProgress, isTerminal, type TerminalProgress } from './core/capture-progress.ts';
export { type CaptureLimits, type CaptureRequest, DEFAULT_LIMITS, MAX_SECONDS, MEGABYTE } from './core/capture-request.ts';
export type { CaptureFile, CaptureGap, CaptureResult, CaptureYield, EndedBy, FailedResult, FinishedResult, FinishReason, PacketCounters } from './core/capture-result.ts';
export type { CaptureSource, Demand, ObservedRequest, RecordedProgress, RequestIdentity } from './core/capture-source.ts';
export { type CaptureTarget, type ClaimedPod, type ClaimedTarget, describeTarget, type NodeInterfaceTarget, type PodTarget } from './core/capture-target.ts';
export type { Claimable, ClaimStrategy } from './core/claim-strategy.ts';
export type { Clock } from './core/clock.ts';
export { SystemClock } from './adapters/system-clock.ts';
export type { DiskAsk, DiskGuard, DiskReservation, DiskUsage } from './core/disk-guard.ts';
export type { CaptureOrder } from './core/engine/capture-order.ts';
export type { Beginning, Capture, CaptureOrigin, CaptureState, RunningState } from './core/engine/capture.ts';
export type { CaptureEnding, Failure, Finish, Suspension } from './core/engine/capture-ending.ts';
export { CaptureEngine, type EngineLoad, type Recovered, type StartOptions } from './core/engine/capture-engine.ts';
export { type DirectLimits, type DirectRequest, reservedBytes } from './core/engine/direct-request.ts';
export type { EngineParts, EngineSettings, HeldFolder } from './core/engine/engine-parts.ts';
export type { RunningCapture } from './core/engine/running-capture.ts';
export { checkInterfaceName } from './core/interface-name.ts';
export type { InterfaceResolver, LinkType, NetworkNamespace, ResolvedInterface } from './core/interface-resolver.ts';
export { type Log, type Logger, silentLogger } from './core/logger.ts';
export type { PodAnnotations } from './core/pod-annotations.ts';
export type { LocalPod, PodDirectory } from './core/pod-directory.ts';
export type { EndReport, FailedReport, FinishedReport, ProgressReport, ProgressSink, ReleasedReport, RemovedReport, RunningReport, ScheduledReport, StatusReport } from './core/progress-sink.ts';
export { formatBytes, parseQuantity, tryParseQuantity } from './core/quantity.ts';
export type { SandboxIds } from './core/sandbox-ids.ts';
export type { SandboxRuntime } from './core/sandbox-runtime.ts';
export type { ProcessIdentity, RunEnd, RunEndCause, RunSpec, TcpdumpRun, TcpdumpRunner } from './core/tcpdump-runner.ts';
export { FirstMatchClaim, NodeInterfaceClaim, PodOnNodeClaim } from './strategies/claim/index.ts';
export {
  AntreaNaming,
  CalicoNaming,
  type CalicoNamingOptions,
  CgroupSandboxIds,
  CiliumNaming,
  CriResolver,
  type HostDeviceNaming,
  HostDeviceResolver,
  HostVethResolver,
  InterfaceResolverChain,
  MultusResolver,
  NodeInterfaceResolver,
  type PodNetworkNamespaceOptions,
  PodNetworkNamespaceResolver,
} from './strategies/interface/index.ts';
export { CriSandboxes, type CriSandboxesOptions } from './adapters/cri/cri-sandboxes.ts';
export { type CaptureAgentOptions, createCaptureAgent } from './create-capture-agent.ts';
export type { CaptureEngineOptions } from './capture-engine-options.ts';
export { createCaptureEngine } from './create-capture-engine.ts';
