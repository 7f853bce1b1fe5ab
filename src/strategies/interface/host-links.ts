import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ProgramMissingError } from '../../core/errors/tcpdump-errors.ts';

/** One end of a veth pair that lies in this network namespace, while the other lies in another. */
export interface HostLink {
  readonly name: string;
  /** The other end's device number in its own namespace. Not unique: `eth0` is number 2 in many Pods. */
  readonly peerIndex: number;
  /** This namespace's number for the other end's (rtnetlink's nsid). With `peerIndex` it is unique. */
  readonly peerNamespaceId: number;
}

/** The veth devices of this network namespace, asked of rtnetlink by `ip`, which enters no other. */
export async function hostLinks(signal?: AbortSignal): Promise<HostLink[]> {
  const links = await query('ip', ['-json', 'link', 'show', 'type', 'veth'], 'iproute2', signal);
  return (links as IpLink[]).flatMap(({ ifname, link_index, link_netnsid }) =>
    ifname === undefined || link_index === undefined || link_netnsid === undefined
      ? []
      : [{ name: ifname, peerIndex: link_index, peerNamespaceId: link_netnsid }],
  );
}

/**
 * This network namespace's number for another one, asked of rtnetlink (RTM_GETNSID) by `lsns`, which enters none.
 * `undefined` when there is no process in it, or when it was never given a number: {@link hostLinks} has it given to
 * every namespace that a device here leads to.
 */
export async function networkNamespaceId(inode: bigint, signal?: AbortSignal): Promise<number | undefined> {
  const listed = (await query('lsns', ['--json', '--type', 'net', '--output', 'NS,NETNSID'], 'util-linux', signal)) as LsnsList;
  // Versions differ in whether a number is written as a JSON number or as a string.
  const row = listed.namespaces?.find(({ ns }) => String(ns) === String(inode));
  return row !== undefined && /^[0-9]+$/.test(String(row.netnsid)) ? Number(row.netnsid) : undefined;
}

interface IpLink {
  readonly ifname?: string;
  readonly link_index?: number;
  readonly link_netnsid?: number;
}

interface LsnsList {
  readonly namespaces?: readonly { readonly ns: number | string; readonly netnsid: number | string }[];
}

async function query(program: string, argv: readonly string[], debianPackage: string, signal?: AbortSignal): Promise<unknown> {
  try {
    const { stdout } = await promisify(execFile)(program, argv, {
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 64 * 2 ** 20,
      timeout: 10_000,
      ...(signal && { signal }),
    });
    return JSON.parse(stdout || '[]');
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new ProgramMissingError(program, debianPackage);
    throw error;
  }
}
