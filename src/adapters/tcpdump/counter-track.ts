import { NO_PACKETS, type PacketCounters } from '../../core/capture-result.ts';

/** tcpdump prints its counters as 32-bit numbers. */
const WRAPS_AT = 2 ** 32;

/** Counters that go on where tcpdump's 32-bit ones begin again, provided that they are looked at once in between. */
export class CounterTrack {
  #last: PacketCounters = NO_PACKETS;

  get last(): PacketCounters {
    return this.#last;
  }

  update(read: PacketCounters): PacketCounters {
    const advance = (before: number, now: number) => before + ((((now - before) % WRAPS_AT) + WRAPS_AT) % WRAPS_AT);
    const { captured, received, dropped } = this.#last;
    this.#last = {
      captured: advance(captured, read.captured),
      received: advance(received, read.received),
      dropped: advance(dropped, read.dropped),
    };
    return this.#last;
  }
}
