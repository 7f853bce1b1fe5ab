const UID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** What a uid must be, for messages. */
export const CAPTURE_UID_RULE = '1 to 128 letters, digits, ".", "_" and "-", of which the first is a letter or digit; a UUID is best';

/** Whether it can be the uid of a capture: it also marks the processes that run for it. */
export function isCaptureUid(uid: string): boolean {
  return UID.test(uid);
}
