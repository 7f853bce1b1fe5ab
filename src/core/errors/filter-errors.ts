import { CaptureError, quote } from './capture-error.ts';

export class FilterTooLongError extends CaptureError {
  override readonly code = 'FilterTooLong';
  constructor(bytes: number, limit: number) {
    super({
      problem: `The capture filter has ${bytes} bytes; at most ${limit} are allowed.`,
      advice: 'Use net or portrange instead of long lists of hosts or ports.',
    });
  }
}

export class FilterHostNameError extends CaptureError {
  override readonly code = 'FilterHostName';
  constructor(name: string) {
    super({
      problem: `The capture filter has the word ${quote(name)}, which is none of pcap-filter(7): libpcap would look it up as a host name by DNS.`,
      advice: 'Check the spelling, or write the address of a host, as in "host 10.0.0.7".',
    });
  }
}

export class FilterInvalidError extends CaptureError {
  override readonly code = 'FilterInvalid';
  constructor(filter: string, linkType: string, reason: string) {
    super({
      problem: `The capture filter ${quote(filter)} does not compile for link type ${linkType}: ${reason}.`,
      advice: 'Write a pcap-filter(7) expression, as in "tcp port 443 and host 10.0.0.7".',
    });
  }
}

export class FilterTooSlowError extends CaptureError {
  override readonly code = 'FilterTooSlow';
  constructor(filter: string, limitSeconds: number) {
    super({
      problem: `The capture filter ${quote(filter)} did not compile within ${limitSeconds} s.`,
      advice: 'Use net or portrange instead of long lists of hosts or ports.',
    });
  }
}

export class FilterTooComplexError extends CaptureError {
  override readonly code = 'FilterTooComplex';
  constructor(filter: string, instructions: number, limit: number) {
    super({
      problem: `The capture filter ${quote(filter)} compiles to ${instructions} instructions; the kernel takes at most ${limit}.`,
      advice: 'Use net or portrange instead of long lists of hosts or ports.',
    });
  }
}
