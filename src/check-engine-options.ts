import { isAbsolute } from 'node:path';
import { isNodeName } from './adapters/disk/node-lock.ts';
import type { CaptureEngineOptions } from './capture-engine-options.ts';
import { MEGABYTE, ringBytes } from './core/capture-request.ts';
import { checkSetting } from './core/check-setting.ts';
import { formatBytes, tryParseQuantity } from './core/quantity.ts';

/** With less, every capture would be refused. */
const SMALLEST_CAPTURE = ringBytes({ maxFileSize: MEGABYTE, fileCount: 1, snapLength: 1 });

/**
 * Checks what an engine opens its folder with; `CaptureEngine` checks the rest.
 * @returns the sizes in bytes
 * @throws SettingInvalidError
 */
export function checkEngineOptions({ directory, node, identity, maxTotalFileSize = '10G', minFreeDisk = '20G', allowHostNetwork = false }: CaptureEngineOptions): { readonly maxTotal: number; readonly minFree: number } {
  checkSetting(isText(directory) && isAbsolute(directory), 'directory', directory, 'an absolute path');
  checkName('node', node);
  if (identity !== undefined) checkName('identity', identity);
  checkSetting(typeof allowHostNetwork === 'boolean', 'allowHostNetwork', allowHostNetwork, 'true or false');
  const maxTotal = bytesOf('maxTotalFileSize', maxTotalFileSize);
  checkSetting(maxTotal >= SMALLEST_CAPTURE, 'maxTotalFileSize', maxTotalFileSize, `at least ${formatBytes(SMALLEST_CAPTURE)}, which the smallest capture reserves: a number is bytes, and "10G" is ten gigabytes`);
  return { maxTotal, minFree: bytesOf('minFreeDisk', minFreeDisk) };
}

function checkName(option: string, given: unknown): void {
  checkSetting(isText(given) && isNodeName(given), option, given, 'a name that can be part of a file name: letters, digits, "-" and ".", at most 241 of them');
}

function bytesOf(option: string, given: unknown): number {
  const bytes = isText(given) || typeof given === 'number' ? tryParseQuantity(given) : undefined;
  checkSetting(bytes !== undefined, option, given, 'a Kubernetes quantity of bytes, as "500M" or "2Gi", or a whole number of them');
  return bytes;
}

function isText(given: unknown): given is string {
  return typeof given === 'string';
}
