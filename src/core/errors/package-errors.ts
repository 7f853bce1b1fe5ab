import { CaptureError, errorMessage } from './capture-error.ts';

/** A package that only this use needs is not installed, or cannot be loaded. The message has the command that installs it. */
export class PackageMissingError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'PackageMissing';

  /**
   * @param packages names of npm
   * @param use what they are needed for, as a sentence without its end: "A kubeconfig is read by"
   */
  constructor(packages: readonly string[], use: string, cause: unknown) {
    const isAbsent = (cause as { code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND';
    const names = packages.join(' and ');
    super(
      {
        problem: `${use} ${names}, which ${isAbsent ? (packages.length === 1 ? 'is not installed' : 'are not both installed') : `cannot be loaded: ${errorMessage(cause)}`}.`,
        advice: `Install ${packages.length === 1 ? 'it' : 'them'}: npm install ${packages.join(' ')}.`,
      },
      { cause },
    );
  }
}
