import { CaptureError, errorMessage } from './capture-error.ts';

/** The request is another's: somebody was faster, or it changed hands. Not a failure of the capture. */
export class ClaimLostError extends CaptureError {
  static readonly code = 'ClaimLost';
  override readonly code = ClaimLostError.code;
  constructor(name: string, by?: string) {
    super({
      problem: `The capture ${name} was taken by ${by ?? 'another'}.`,
      advice: 'Nothing is to be done here.',
    });
  }
}

/** The manifest of a running capture is gone or unreadable, so nothing truthful can be said of its files. */
export class ManifestLostError extends CaptureError {
  override readonly code = 'ManifestLost';
  constructor(name: string, directory: string) {
    super({
      problem: `The record of the capture ${name} in ${directory} is missing or unreadable.`,
      advice: 'Files that it has written are kept there. Create a new capture to capture again.',
    });
  }
}

/** The capture was restarted too often to go on. */
export class TooManySegmentsError extends CaptureError {
  override readonly code = 'TooManySegments';
  constructor(segments: number) {
    super({
      problem: `The capture was interrupted ${segments} times.`,
      advice: 'Its files are kept. See the log of the agent for what interrupts it, and capture again.',
    });
  }
}

/** The node that had the capture was lost. */
export class NodeLostError extends CaptureError {
  override readonly code = 'NodeLost';
  constructor(node: string) {
    super({ problem: `The node ${node} is gone.`, advice: 'Files on it are lost with it, unless it comes back.' });
  }
}

/** A setting of the agent is missing or nonsense. */
export class SettingInvalidError extends CaptureError {
  override readonly code = 'SettingInvalid';
}

/** The agent is going down; the capture stays open and the next agent goes on with it. */
export class CaptureSuspendedError extends CaptureError {
  override readonly code = 'Suspended';
  constructor(name: string) {
    super({ problem: `The capture ${name} is suspended.`, advice: 'It goes on when the agent is back.' });
  }
}

/** The capture was ended before tcpdump was capturing. */
export class EndedBeforeStartError extends CaptureError {
  override readonly code = 'EndedBeforeStart';
  constructor(name: string) {
    super({ problem: `The capture ${name} was ended before it began to capture.`, advice: 'Nothing was captured.' });
  }
}

/** Something that should not happen; the cause is in the log. */
export class UnexpectedError extends CaptureError {
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
