import { CaptureError, errorMessage, quote } from './capture-error.ts';

/** The request is another's: somebody was faster, or it changed hands. Not a failure of the capture; nothing is to be done. */
export class ClaimLostError extends CaptureError {
  /** What {@link CaptureError.code} is of such an error: to compare with, as `instanceof` fails for that of another copy of this library. */
  static readonly code = 'ClaimLost';
  /** {@inheritDoc CaptureError.code} */
  override readonly code = ClaimLostError.code;
  constructor(name: string, by?: string) {
    super({
      problem: `The capture ${name} was taken by ${by ?? 'another'}.`,
      advice: 'Nothing is to be done here.',
    });
  }
}

/**
 * The manifest of a running capture is gone or unreadable, so nothing truthful can be said of its files. They are kept: look at them,
 * and capture again.
 */
export class ManifestLostError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'ManifestLost';
  constructor(name: string, directory: string) {
    super({
      problem: `The record of the capture ${name} in ${directory} is missing or unreadable.`,
      advice: 'Files that it has written are kept there. Create a new capture to capture again.',
    });
  }
}

/** The capture was interrupted more often than `EngineSettings.maxSegments`. See the log for what interrupts it, and capture again. */
export class TooManySegmentsError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'TooManySegments';
  constructor(segments: number) {
    super({
      problem: `The capture was interrupted ${segments} times.`,
      advice: 'Its files are kept. See the log of the agent for what interrupts it, and capture again.',
    });
  }
}

/** The node that had the capture was lost, and its files with it, unless the node comes back: then the capture may still turn out finished. */
export class NodeLostError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'NodeLost';
  constructor(node: string) {
    super({ problem: `The node ${node} is gone.`, advice: 'Files on it are lost with it, unless it comes back.' });
  }
}

/** A setting of an agent, an engine or an operator is missing or nonsense. The message says what was given and what is allowed: mend it and start again. */
export class SettingInvalidError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'SettingInvalid';
}

/** A capture is to be removed that goes on, or was left open by an earlier engine. Stop it, then remove it. */
export class CaptureNotEndedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'CaptureNotEnded';
  constructor(name: string) {
    super({
      problem: `The capture ${name} has not ended.`,
      advice: 'Stop it first. One that an earlier process left open is gone on with, and can be stopped, after recover().',
    });
  }
}

/** A capture is to be removed that is not there, as when it was removed before. Nothing is to be done. */
export class CaptureNotKnownError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'CaptureNotKnown';
  /**
   * @param directory that the engine captures into
   * @param identity of the engine
   */
  constructor(uid: string, directory: string, identity: string) {
    super({
      problem: `No capture of ${identity} in ${directory} has the uid ${quote(uid)}.`,
      advice: 'It may have been removed before. What there is, ended() tells.',
    });
  }
}

/** The engine was suspended; the capture had begun, stays open, and the next engine goes on with it (`CaptureEngine.recover`). Nothing is to be done. */
export class CaptureSuspendedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'Suspended';
  constructor(name: string) {
    super({ problem: `The capture ${name} is suspended.`, advice: 'The next engine goes on with it.' });
  }
}

/** How it came that a capture was ended before it captured; see {@link EndedBeforeStartError}. */
export type EndedBeforeStartCause =
  /** Somebody ended it. */
  | 'ended'
  /** Its engine was disposed. */
  | 'disposed'
  /** Its engine was suspended, and there was nothing yet for the next one to go on with. */
  | 'suspended'
  /** An earlier engine captured for it; this one was to go on, and it ended before that. */
  | 'recovered';

const BEFORE_START: Readonly<Record<EndedBeforeStartCause, readonly [problem: string, advice: string]>> = {
  ended: ['was ended before it began to capture.', 'Nothing was captured.'],
  disposed: ['has not begun: its engine was disposed.', 'Nothing is kept of it: ask another engine for it.'],
  suspended: ['has not begun: its engine was suspended.', 'Nothing is kept of it: ask the next engine for it.'],
  recovered: ['ended before it could go on.', 'Its result tells why, and what was captured until then.'],
};

/**
 * The capture was ended before tcpdump was capturing: what `start` rejects with, and the `capturing` of a recovered capture that does
 * not capture again. Of one that an earlier engine has not captured, nothing is left: where it is still wanted, ask for it again.
 */
export class EndedBeforeStartError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'EndedBeforeStart';
  /** @param cause default: `ended` */
  constructor(name: string, cause: EndedBeforeStartCause = 'ended') {
    const [problem, advice] = BEFORE_START[cause];
    super({ problem: `The capture ${name} ${problem}`, advice });
  }
}

/** Something that should not happen; `cause` has it, and the log. What was captured until then is kept. Report it. */
export class UnexpectedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'Unexpected';
  constructor(cause: unknown) {
    super(
      {
        problem: `An unexpected error ended the capture: ${errorMessage(cause)}.`,
        advice: 'What was captured until then is kept. Please report it with the log of the agent.',
      },
      { cause },
    );
  }
}
