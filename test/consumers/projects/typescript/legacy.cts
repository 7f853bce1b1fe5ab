// A CommonJS module of the same project.
import { CaptureError, FilterTooLongError, parseQuantity } from 'pcapper';

const error: unknown = new FilterTooLongError(5000, 4096);
console.log(JSON.stringify({ code: CaptureError.is(error) && error.code, bytes: parseQuantity('10G') satisfies number }));
