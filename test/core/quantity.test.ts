import { describe, expect, it } from 'vitest';
import { formatBytes, parseQuantity, tryParseQuantity } from '../../src/core/quantity.ts';
import { RequestInvalidError } from '../../src/core/errors/request-errors.ts';

describe('a quantity of bytes', () => {
  it.each([
    ['0', 0],
    ['1000000', 1e6],
    ['100M', 1e8],
    ['10G', 1e10],
    ['1k', 1e3],
    ['1Ki', 1024],
    ['2Gi', 2 ** 31],
    ['1.5G', 1.5e9],
    ['.5M', 5e5],
    ['1e9', 1e9],
    ['12E2', 1200],
    ['15e-1', 2],
    ['1.', 1],
    ['16.76M', 16_760_000],
    ['65.4k', 65_400],
    ['0.1Ki', 103],
    ['1.0000001k', 1001],
    [4096, 4096],
  ] as const)('%s is read as Kubernetes does', (given, bytes) => {
    expect(parseQuantity(given)).toBe(bytes);
  });

  it.each(['', ' ', 'M', '.', '.M', '-1M', '1 M', '1MB', '1K', '0x10', '1e', '1e999', '100m', 'NaN', '１M', '1M\n', -1, 1.5, Number.NaN, 2 ** 60])('%j is refused, and quoted', (given) => {
    expect(tryParseQuantity(given)).toBeUndefined();
    expect(() => parseQuantity(given)).toThrow(RequestInvalidError);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1536, '1.5 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [999_999_999, '1 GB'],
    [1e10, '10 GB'],
    [123_456_789, '123 MB'],
    [-2e6, '-2 MB'],
  ])('%d is told as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
