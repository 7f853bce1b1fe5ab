import { join } from 'node:path';
import { quote } from '../../core/errors/capture-error.ts';
import { SettingInvalidError } from '../../core/errors/agent-errors.ts';
import { isFileNamePart, MAX_FILE_NAME_BYTES } from '../../core/file-names.ts';
import { KernelLock } from './kernel-lock.ts';

const fileName = (node: string) => `.pcapper.${node}.lock`;

/** Whether a NODE_NAME can name a lock and files. */
export function isNodeName(node: string): boolean {
  return isFileNamePart(node) && fileName(node).length <= MAX_FILE_NAME_BYTES;
}

/**
 * The lock that the one agent of a hostmount and NODE_NAME holds while it lives.
 * @throws SettingInvalidError when the name cannot be part of a file name
 */
export function nodeLock(hostmount: string, node: string): KernelLock {
  if (!isNodeName(node)) {
    throw new SettingInvalidError({
      problem: `The node name ${quote(node)} cannot be part of a file name.`,
      advice: 'Set NODE_NAME to the name of the node, as spec.nodeName has it.',
    });
  }
  return new KernelLock(join(hostmount, fileName(node)));
}
