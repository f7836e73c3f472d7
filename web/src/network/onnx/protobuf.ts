/**
 * Protocol buffers, as far as an ONNX file needs them.
 *
 * In: bytes from anywhere, trusted in nothing. Out: the fields of a message by their number. Knows nothing of ONNX.
 *
 * https://protobuf.dev/programming-guides/encoding/
 */

import { refuse } from "../json";

/** What the fields of one message hold, by number, in the order of the file: a whole number, or bytes. */
export type Message = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

const VARINT = 0;
const BYTES = 2;
/** Wire types of a fixed size: 8 and 4 bytes. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** @param where For messages: "model", "node". */
export function messageOf(bytes: Uint8Array, where: string): Message {
  const fields = new Map<number, (number | Uint8Array)[]>();
  const reader = new Reader(bytes, where);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    const value =
      wire === VARINT ? reader.varint() : reader.take(wire === BYTES ? reader.varint() : FIXED[wire]);
    const values = fields.get(number);
    if (values) values.push(value);
    else fields.set(number, [value]);
  }
  return fields;
}

/** The messages that a repeated field holds. */
export function messagesOf(message: Message, field: number, where: string): Message[] {
  return bytesOf(message, field, where).map((bytes) => messageOf(bytes, where));
}

/** The texts that a field holds. */
export function textsOf(message: Message, field: number, where: string): string[] {
  return bytesOf(message, field, where).map((bytes) => new TextDecoder().decode(bytes));
}

/** The whole numbers that a field holds, one by one or packed. */
export function numbersOf(message: Message, field: number, where: string): number[] {
  return (message.get(field) ?? []).flatMap((value) => {
    if (typeof value === "number") return value;
    const packed = new Reader(value, where);
    const numbers: number[] = [];
    while (!packed.isAtEnd) numbers.push(packed.varint());
    return numbers;
  });
}

/** The byte strings that a field holds. */
export function bytesOf(message: Message, field: number, where: string): Uint8Array[] {
  return (message.get(field) ?? []).map((value) =>
    typeof value === "number" ? refuse(where, `field ${field} is a number, no bytes`) : value,
  );
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #where: string;
  #at = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Seven bits a byte, the lowest first, until a byte says that it is the last. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= Number.MAX_SAFE_INTEGER; factor *= 128) {
      const [byte] = this.take(1);
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    return refuse(this.#where, "holds a number that is too large");
  }

  take(length: number | undefined): Uint8Array {
    if (length === undefined) return refuse(this.#where, "holds a field of an unknown kind");
    const end = this.#at + length;
    if (!(end <= this.#bytes.length)) refuse(this.#where, "ends before what it holds");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
