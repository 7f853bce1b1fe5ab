/** A field of a message on the wire: a number, or the bytes of a text or a further message. */
type Field = bigint | Uint8Array;

/** Wire types of Protocol Buffers (protobuf.dev/programming-guides/encoding). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Each takes a hundred times the memory that it takes on the wire. A runtime tells of a few sandboxes. */
const MAX_FIELDS = 10_000;

/**
 * Writes a message: fields by their numbers. Texts, flags and further messages are all that is asked of a runtime with.
 */
export function encodeMessage(fields: Readonly<Record<number, string | boolean | Uint8Array>>): Uint8Array {
  return Buffer.concat(
    Object.entries(fields).flatMap(([number, value]) => {
      const tag = Number(number) << 3;
      if (typeof value === 'boolean') return [varint(tag | VARINT), varint(value ? 1 : 0)];
      const bytes = Buffer.from(value);
      return [varint(tag | BYTES), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

/** A message that was read. What it does not have is empty or 0, as Protocol Buffers mean it. */
export class ProtoMessage {
  readonly #fields = new Map<number, Field[]>();

  /** @throws Error where the bytes are no message */
  constructor(bytes: Uint8Array) {
    const reader = new Reader(bytes);
    for (let count = 0; !reader.isAtEnd; count += 1) {
      if (count === MAX_FIELDS) throw new Error(`a message of more than ${MAX_FIELDS} fields`);
      const tag = Number(reader.varint());
      const field = reader.field(tag & 7);
      const number = tag >>> 3;
      const former = this.#fields.get(number);
      if (former === undefined) this.#fields.set(number, [field]);
      else former.push(field);
    }
  }

  text(number: number): string {
    return Buffer.from(this.#bytes(number).at(-1) ?? []).toString('utf8');
  }

  integer(number: number): bigint {
    const last = this.#fields.get(number)?.at(-1);
    return typeof last === 'bigint' ? last : 0n;
  }

  messages(number: number): readonly ProtoMessage[] {
    return this.#bytes(number).map((bytes) => new ProtoMessage(bytes));
  }

  message(number: number): ProtoMessage {
    return this.messages(number).at(-1) ?? new ProtoMessage(new Uint8Array());
  }

  #bytes(number: number): readonly Uint8Array[] {
    return (this.#fields.get(number) ?? []).filter((field) => typeof field !== 'bigint');
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte = 0] = this.#take(1);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a number of more than 10 bytes');
  }

  field(wireType: number): Field {
    if (wireType === VARINT) return this.varint();
    if (wireType === BYTES) return this.#take(Number(this.varint()));
    if (wireType === FIXED64) return this.#take(8);
    if (wireType === FIXED32) return this.#take(4);
    throw new Error(`a field of the unknown wire type ${wireType}`);
  }

  #take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new Error('the message is cut off');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
