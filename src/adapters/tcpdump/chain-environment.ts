import { CAPTURE_UID_RULE, isCaptureUid } from '../../core/capture-uid.ts';
import { quote } from '../../core/errors/capture-error.ts';
import { RequestInvalidError } from '../../core/errors/request-errors.ts';

/** The variable by which the processes of a capture are found again, whoever started them. */
const TAG = 'PCAPPER_CAPTURE';

/** Where Debian has tcpdump and util-linux, and where others have them. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The entry of a process's environment that marks it as one of this capture's. @throws RequestInvalidError */
export function captureTag(captureUid: string): string {
  if (!isCaptureUid(captureUid)) {
    throw new RequestInvalidError({ problem: `${quote(captureUid)} cannot be the uid of a capture.`, advice: `It must be ${CAPTURE_UID_RULE}.` });
  }
  return `${TAG}=${captureUid}`;
}

/** All that the programs get to see of this process's environment: where programs are, and English messages. */
export function plainEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? DEFAULT_PATH, LC_ALL: 'C' };
}

/** {@link plainEnvironment}, marked with the capture's uid. @throws RequestInvalidError */
export function taggedEnvironment(captureUid: string): Record<string, string> {
  return { ...plainEnvironment(), [TAG]: captureTag(captureUid).slice(TAG.length + 1) };
}
