import { CaptureError } from './capture-error.ts';

/** A field of a request is missing, out of range or nonsense. */
export class RequestInvalidError extends CaptureError {
  override readonly code = 'RequestInvalid';
}

/** The names give a file name that a file system cannot hold. */
export class FileNameTooLongError extends CaptureError {
  override readonly code = 'FileNameTooLong';
  constructor(fileName: string, limit: number) {
    super({
      problem: `The file name ${fileName} has ${Buffer.byteLength(fileName)} bytes; a file system takes at most ${limit}.`,
      advice: 'Give the capture a shorter name.',
    });
  }
}
