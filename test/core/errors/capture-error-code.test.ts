import { expectTypeOf, it } from 'vitest';
import type { CaptureErrorCode, FilterInvalidError, ClaimLostError } from '../../../src/index.ts';

// The compiler sees to it: `npm run types`.
it('has the codes of all errors, and no other word', () => {
  expectTypeOf<FilterInvalidError['code'] | ClaimLostError['code'] | 'PodNotFound' | 'HostmountLocked' | 'PackageMissing'>().toExtend<CaptureErrorCode>();
  expectTypeOf<'FilterInvlid'>().not.toExtend<CaptureErrorCode>();
  expectTypeOf<string>().not.toExtend<CaptureErrorCode>();
  expectTypeOf<CaptureErrorCode>().not.toBeNever();
});
