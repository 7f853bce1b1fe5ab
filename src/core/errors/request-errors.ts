import { CaptureError } from './capture-error.ts';

/** A field of a request is missing, out of range or nonsense. The message says which, and what is allowed: mend the request. */
export class RequestInvalidError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'RequestInvalid';
}

/** The names give a file name of more bytes than a file system takes. Give the capture a shorter name. */
export class FileNameTooLongError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'FileNameTooLong';
  constructor(fileName: string, limit: number) {
    super({
      problem: `The file name ${fileName} has ${Buffer.byteLength(fileName)} bytes; a file system takes at most ${limit}.`,
      advice: 'Give the capture a shorter name.',
    });
  }
}
