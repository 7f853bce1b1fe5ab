import { CaptureError, errorMessage } from '../../core/errors/capture-error.ts';
import { HostmountError } from '../../core/errors/disk-errors.ts';

/** What the errors of errno(3) that a folder can give mean to the person who set it up. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is not a folder',
  EROFS: 'it is read-only',
  EACCES: 'writing there is not permitted',
  EPERM: 'writing there is not permitted',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk has failed',
  ELOOP: 'a symbolic link lies where a file of ours should be',
};

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Says in words why the file system refused; leaves errors that are not the file system's as they are. */
export function hostmountFailure(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (CaptureError.is(error) || code === undefined) return error;
  return new HostmountError(path, REASONS[code] ?? errorMessage(error), { cause: error });
}
