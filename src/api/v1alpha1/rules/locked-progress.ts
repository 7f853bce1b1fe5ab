import type { Changing, TransitionRule } from './rule.ts';

const progressOf = ({ status }: Changing) => status?.['progress'];
const reasonOf = ({ status }: Changing) => status?.['reason'];
const hasEnded = (value: Changing) => progressOf(value) === 'finished' || progressOf(value) === 'failure';
const isNodeLost = (value: Changing) => progressOf(value) === 'failure' && reasonOf(value) === 'NodeLost';

const HAS_PROGRESS = 'has(self.status) && has(self.status.progress)';
const HAD_NO_PROGRESS = '!has(oldSelf.status) || !has(oldSelf.status.progress)';
const HAD_NOT_ENDED = `${HAD_NO_PROGRESS} || !(oldSelf.status.progress in ['finished', 'failure'])`;
const WAS_NODE_LOST = "oldSelf.status.progress == 'failure' && has(oldSelf.status.reason) && oldSelf.status.reason == 'NodeLost'";

/** `finished` and `failure` stay, also when the whole status is removed; a node that was lost may come back. */
const endIsFinal: TransitionRule = {
  cel:
    `${HAD_NOT_ENDED} || (${HAS_PROGRESS} && (self.status.progress == oldSelf.status.progress || ` +
    `(${WAS_NODE_LOST} && self.status.progress == 'finished')))`,
  message: 'progress cannot change once it is finished or failure, except from failure by NodeLost to finished',
  fieldPath: '.status.progress',
  holds: (value, old) =>
    !hasEnded(old) || progressOf(value) === progressOf(old) || (isNodeLost(old) && progressOf(value) === 'finished'),
};

/** Else the lock could be walked around: failure, then NodeLost, then finished. */
const nodeLostIsNotAfterthought: TransitionRule = {
  cel:
    `${HAD_NOT_ENDED} || !has(self.status) || !has(self.status.reason) || self.status.reason != 'NodeLost' || ` +
    "(has(oldSelf.status.reason) && oldSelf.status.reason == 'NodeLost')",
  message: 'reason cannot become NodeLost once progress is finished or failure',
  fieldPath: '.status.reason',
  holds: (value, old) => !hasEnded(old) || reasonOf(value) !== 'NodeLost' || reasonOf(old) === 'NodeLost',
};

/** Only what was not started can be given back; a running capture that lost its mark would be claimed and run twice. */
const runningOnlyEnds: TransitionRule = {
  cel:
    `${HAD_NO_PROGRESS} || oldSelf.status.progress != 'running' || ` +
    `(${HAS_PROGRESS} && self.status.progress in ['running', 'finished', 'failure'])`,
  message: 'progress cannot go back from running: it can only become finished or failure',
  fieldPath: '.status.progress',
  holds: (value, old) => progressOf(old) !== 'running' || progressOf(value) === 'running' || hasEnded(value),
};

/** What holds of any change of `status.progress`. */
export const lockedProgress = [endIsFinal, nodeLostIsNotAfterthought, runningOnlyEnds] as const;
