import { fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { LinkType, ResolvedInterface } from '../../../src/core/interface-resolver.ts';
import type { TestPod } from '../../harness/test-pod.ts';

/** A device of a test Pod, its namespace held open as a resolver does. */
export async function podInterface(pod: TestPod, device = 'eth0', linkType: LinkType = device === 'any' ? 'LINUX_SLL2' : 'EN10MB'): Promise<ResolvedInterface> {
  const handle = await open(`/proc/${pod.pid}/ns/net`);
  return {
    device,
    linkType,
    networkNamespace: { fd: handle.fd, inode: fstatSync(handle.fd, { bigint: true }).ino },
    gone: new AbortController().signal,
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
