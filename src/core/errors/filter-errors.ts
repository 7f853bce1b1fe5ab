import { CaptureError, quote } from './capture-error.ts';

/** The filter has more than 4,096 bytes, which libpcap would take too long to compile. Use `net` or `portrange` instead of lists. */
export class FilterTooLongError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'FilterTooLong';
  constructor(bytes: number, limit: number) {
    super({
      problem: `The capture filter has ${bytes} bytes; at most ${limit} are allowed.`,
      advice: 'Use net or portrange instead of long lists of hosts or ports.',
    });
  }
}

/** The filter has a word that libpcap would look up by DNS as a host name. Check its spelling, or write the address. */
export class FilterHostNameError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'FilterHostName';
  constructor(name: string) {
    super({
      problem: `The capture filter has the word ${quote(name)}, which is none of pcap-filter(7): libpcap would look it up as a host name by DNS.`,
      advice: 'Check the spelling, or write the address of a host, as in "host 10.0.0.7".',
    });
  }
}

/** libpcap does not compile the filter for the target's link type; the message has its words. Write an expression of pcap-filter(7). */
export class FilterInvalidError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'FilterInvalid';
  constructor(filter: string, linkType: string, reason: string) {
    super({
      problem: `The capture filter ${quote(filter)} does not compile for link type ${linkType}: ${reason}.`,
      advice: 'Write a pcap-filter(7) expression, as in "tcp port 443 and host 10.0.0.7".',
    });
  }
}

/** Compiling the filter took 2 s of a processor and more. Use `net` or `portrange` instead of lists. */
export class FilterTooSlowError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'FilterTooSlow';
  constructor(filter: string, limitSeconds: number) {
    super({
      problem: `The capture filter ${quote(filter)} did not compile within ${limitSeconds} s.`,
      advice: 'Use net or portrange instead of long lists of hosts or ports.',
    });
  }
}

/** The filter compiles to more instructions than the kernel takes (BPF_MAXINSNS, 4,096). Use `net` or `portrange` instead of lists. */
export class FilterTooComplexError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'FilterTooComplex';
  constructor(filter: string, instructions: number, limit: number) {
    super({
      problem: `The capture filter ${quote(filter)} compiles to ${instructions} instructions; the kernel takes at most ${limit}.`,
      advice: 'Use net or portrange instead of long lists of hosts or ports.',
    });
  }
}
