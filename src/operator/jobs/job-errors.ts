import { CaptureError } from '../../core/errors/index.ts';
import { JOB_RETRIES } from './capture-job.ts';
import type { KnownJob } from './known-job.ts';

type Named = Pick<KnownJob, 'name' | 'namespace'>;

const FILES_STAY = 'What was written stays on the node.';

/** The Job had no end within its deadline. */
export class JobTimedOutError extends CaptureError {
  override readonly code = 'JobTimedOut';

  /** @param last what its last Pod was waiting for, or how that ended. */
  constructor(job: Named, last: string | undefined) {
    super({ problem: `The Job ${job.name} did not end in time${because(last)}.`, advice: `${FILES_STAY} ${see(job)}` });
  }
}

/** Too many Pods of the Job were killed. */
export class JobInterruptedError extends CaptureError {
  override readonly code = 'JobInterrupted';

  /** @param last how its last Pod ended. */
  constructor(job: Named, last: string | undefined) {
    super({ problem: `The Job ${job.name} was interrupted more than ${JOB_RETRIES} times${because(last)}.`, advice: `${FILES_STAY} ${see(job)}` });
  }
}

/** The Job failed, and its Pod could not tell why. */
export class JobFailedError extends CaptureError {
  override readonly code = 'JobFailed';

  /** @param reason the Job controller's. @param last how its last Pod ended. */
  constructor(job: Named, reason: string, last: string | undefined) {
    super({ problem: `The Job ${job.name} failed (${reason})${because(last)}.`, advice: `${FILES_STAY} ${see(job)}` });
  }
}

/** The Job has ended well, and its Pod is gone or has told nothing. */
export class OutcomeLostError extends CaptureError {
  override readonly code = 'OutcomeLost';

  constructor(job: Named) {
    super({ problem: `The Job ${job.name} is complete, and its Pod did not tell what came of it.`, advice: `${FILES_STAY} ${see(job)}` });
  }
}

/** The Job is over, and the node does not end its Pod. */
export class JobNodeLostError extends CaptureError {
  override readonly code = 'NodeLost';

  /** @param reason why it is over: the Job controller's word. */
  constructor(job: Named, reason: string) {
    super({
      problem: `The Job ${job.name} is over (${reason}), and its node does not say that its Pod has ended.`,
      advice: `Should the node come back, it is told what was captured. ${see(job)}`,
    });
  }
}

function because(words: string | undefined): string {
  return words === undefined || words === '' ? '' : `: ${words.replace(/\.$/, '')}`;
}

function see({ name, namespace }: Named): string {
  return `See kubectl -n ${namespace} describe job ${name}.`;
}

/** The API server does not take the Job. */
export class JobRefusedError extends CaptureError {
  override readonly code = 'JobRefused';

  /** @param refusal the API server's words. */
  constructor({ name, namespace }: Named, refusal: string, options?: ErrorOptions) {
    super(
      {
        problem: `The Job ${namespace}/${name} was refused: ${refusal.replace(/\.$/, '')}.`,
        advice: 'Correct the quota, the admission policy or the setting that refuses it.',
      },
      options,
    );
  }
}

/** There is a Job of that name that is another's. */
export class JobNameTakenError extends CaptureError {
  override readonly code = 'JobNameTaken';

  constructor({ name, namespace }: Named) {
    super({
      problem: `There is a Job ${namespace}/${name} that captures for another resource.`,
      advice: `Delete it with kubectl -n ${namespace} delete job ${name}, if it is not in use.`,
    });
  }
}

/** A Job of that name is on its way out. */
export class JobNotRemovedError extends CaptureError {
  override readonly code = 'JobNotRemoved';

  constructor({ name, namespace }: Named) {
    super({ problem: `The Job ${namespace}/${name} is still being removed.`, advice: 'Another one of that name is made as soon as it is gone.' });
  }
}

/** The capture had begun, its Job is gone, and by now what it left on the node may be gone, too. */
export class JobGoneError extends CaptureError {
  override readonly code = 'JobGone';

  constructor({ name }: Named, node: string) {
    super({
      problem: `The Job ${name} is gone, and what came of the capture was not told in time.`,
      advice: `Its files may still be on node ${node}. Create a new capture to capture again.`,
    });
  }
}
