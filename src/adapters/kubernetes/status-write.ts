import type { PacketCaptureStatus } from '../../api/v1alpha1/packet-capture-status.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import { ClaimLostError, NodeLostError } from '../../core/errors/index.ts';
import type { StatusReport } from '../../core/progress-sink.ts';

const NODE_LOST = new NodeLostError('').code;

/**
 * Whether a report may be written over a status: `settled` when there is nothing to write, or the lock on progress
 * would refuse it for ever.
 * @throws ClaimLostError when the capture is not (or no longer) that node's.
 */
export function decideWrite(status: PacketCaptureStatus, report: StatusReport): 'write' | 'settled' {
  const { node, progress } = status;
  const isOurs = node === report.node;
  switch (report.progress) {
    case 'scheduled':
      if (!isOurs && (node !== undefined || progress !== undefined)) throw lostTo(report, node);
      if (isTerminal(progress)) throw new ClaimLostError(report.name, 'its end');
      // A capture that is resumed may wait for its turn again; its progress does not go back.
      return progress === 'running' ? 'settled' : 'write';
    case 'running':
      if (!isOurs) throw lostTo(report, node);
      return isTerminal(progress) ? 'settled' : 'write';
    case 'finished':
    case 'failure':
      if (!isOurs) throw lostTo(report, node);
      if (!isTerminal(progress) || progress === report.progress) return 'write';
      return status.reason === NODE_LOST && report.progress === 'finished' ? 'write' : 'settled';
    case 'released':
      return isOurs && (progress === undefined || progress === 'scheduled') ? 'write' : 'settled';
  }
}

function lostTo(report: StatusReport, node: string | undefined): ClaimLostError {
  return new ClaimLostError(report.name, node === undefined ? 'whoever cleared its status' : `node ${node}`);
}
