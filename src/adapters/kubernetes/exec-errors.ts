import { CaptureError, errorMessage } from '../../core/errors/capture-error.ts';

/** The connection to a command in a Pod ended before the command did. */
export class ExecCutError extends CaptureError {
  override readonly code = 'ExecCut';
  constructor(pod: string, cause?: unknown, words = cause === undefined ? '' : errorMessage(cause)) {
    super(
      { problem: `The connection to the Pod ${pod} was cut${words && `: ${words.trim().replace(/\.$/, '')}`}.`, advice: 'Try again.' },
      { cause },
    );
  }
}

/** A command in a Pod ended with another exit code than 0. */
export class CommandFailedError extends CaptureError {
  override readonly code = 'CommandFailed';
  readonly exitCode: number;
  constructor({ namespace, pod }: { readonly namespace: string; readonly pod: string }, command: readonly string[], exitCode: number, stderr: string) {
    super({
      problem: `The command ${command[0] ?? ''} in the Pod ${pod} failed (exit code ${exitCode})${stderr && `: ${stderr.replace(/\.$/, '')}`}.`,
      advice: `Look at the Pod: kubectl -n ${namespace} describe pod ${pod}`,
    });
    this.exitCode = exitCode;
  }
}
