import { describe, expect, it } from 'vitest';
import { startFailure } from '../../../src/adapters/tcpdump/start-failure.ts';
import type { RunSpec } from '../../../src/core/tcpdump-runner.ts';

const spec: RunSpec = {
  captureUid: 'u',
  interface: {
    device: 'eth0',
    linkType: 'EN10MB',
    networkNamespace: { fd: 7, inode: 4026532000n },
    gone: new AbortController().signal,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  },
  filter: 'tcp',
  path: '/hostmount/n.c.1.pcap',
  maxFileSize: 1_000_000,
  fileCount: 2,
  snapLength: 262_144,
  promiscuous: false,
};

describe('startFailure', () => {
  it('asks for an interface of the node for no more rights than that needs', () => {
    const { networkNamespace, ...ofTheNode } = spec.interface;
    expect(networkNamespace).toBeDefined();
    const failure = startFailure({ spec: { ...spec, interface: ofTheNode }, program: 'setpriv', exit: { exitCode: 1, signal: undefined }, stderr: "tcpdump: eth0: You don't have permission to perform this capture on that device\n" });
    expect(failure.advice).toContain('NET_RAW for an interface of the node');
    expect(failure.advice).not.toContain('SYS_');
  });

  it.each([
    // As tcpdump 4.99.3, util-linux 2.38.1 and coreutils 9.1 say it under LC_ALL=C.
    ['ProgramMissing', "timeout: failed to run command 'setpriv': No such file or directory\n", 'apt-get install -y util-linux'],
    ['ProgramMissing', 'nsenter: failed to execute tcpdump: No such file or directory\n', 'apt-get install -y tcpdump'],
    ['ProcessNotStarted', 'setpriv: failed to execute timeout: Permission denied\n', 'timeout could not be started: Permission denied'],
    ['NamespaceNotEntered', "nsenter: reassociate to namespace 'ns/net' failed: Operation not permitted\n", 'net:[4026532000]'],
    ['NamespaceNotEntered', 'nsenter: cannot open /proc/self/fd/3: Permission denied\n', 'SYS_PTRACE'],
    ['InterfaceDisappeared', 'tcpdump: eth0: No such device exists\n(No such device exists)\n', 'eth0 disappeared'],
    ['InterfaceDown', 'tcpdump: eth0: That device is not up\n', 'eth0 is not up'],
    ['CapturePermission', "tcpdump: eth0: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)\n", 'NET_RAW'],
    ['CapturePermission', "tcpdump: Couldn't change to 'root' uid=0 gid=0: Operation not permitted\n", 'SETGID'],
    ['CaptureFile', 'tcpdump: /hostmount/n.c.1.pcap0: Permission denied\n', 'Permission denied'],
    ['CaptureFile', 'tcpdump: /hostmount/n.c.1.pcap0: Operation not permitted\n', 'Operation not permitted'],
    ['PacketBuffer', "tcpdump: can't mmap rx ring: Cannot allocate memory\n", 'memory limit'],
    ['TcpdumpOption', 'tcpdump: invalid snaplen 999999 (must be >= 0 and <= 262144)\n', 'snapLength'],
    ['TcpdumpOption', 'tcpdump: invalid packet buffer size 99999999\n', 'packet buffer'],
    ['FilterInvalid', "tcpdump: can't parse filter expression: syntax error\n", 'syntax error'],
    ['FilterInvalid', 'tcpdump: expression rejects all packets\n', 'rejects all packets'],
    ['TcpdumpFailed', 'tcpdump: something new\n', 'exit code 1'],
  ])('%s: %j', (code, stderr, words) => {
    const error = startFailure({ spec, program: 'setpriv', exit: { exitCode: 1, signal: undefined }, stderr });
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('\n');
  });

  it.each([
    ['ENOENT', 'ProgramMissing'],
    ['EAGAIN', 'ProcessNotStarted'],
    ['E2BIG', 'ProcessNotStarted'],
  ])('a chain that %s kept from starting: %s', (code, expected) => {
    const exit = { exitCode: undefined, signal: undefined, notStarted: { code, reason: `spawn setpriv ${code}` } };
    expect(startFailure({ spec, program: 'setpriv', exit, stderr: '' }).code).toBe(expected);
  });
});
