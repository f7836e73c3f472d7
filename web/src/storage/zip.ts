/**
 * Files in one ZIP archive, stored as they are: PNG files do not get smaller.
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
 */

export interface Entry {
  /** A path with forward slashes; ASCII. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly modified: Date;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** @throws RangeError More than 65,535 files, or 4 GiB: what ZIP without its 64-bit extension holds. */
export function zip(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const names = entries.map((entry) => new TextEncoder().encode(entry.name));
  const local = entries.reduce((sum, { content }, i) => sum + 30 + names[i]!.length + content.length, 0);
  const central = names.reduce((sum, name) => sum + 46 + name.length, 0);
  if (entries.length > 0xffff || local + central > 0xffffffff)
    throw new RangeError("too much for one ZIP archive");
  const archive = new Writer(local + central + 22);
  const offsets = entries.map((entry, i) => {
    const offset = archive.length;
    archive.u32(LOCAL);
    header(archive, entry, names[i]!);
    archive.bytes(names[i]!);
    archive.bytes(entry.content);
    return offset;
  });
  const start = archive.length;
  entries.forEach((entry, i) => {
    archive.u32(CENTRAL);
    archive.u16(20);
    header(archive, entry, names[i]!);
    archive.u16(0, 0, 0); // comment, disk, internal attributes
    archive.u32(0, offsets[i]!);
    archive.bytes(names[i]!);
  });
  archive.u32(END);
  archive.u16(0, 0, entries.length, entries.length);
  archive.u32(archive.length - 8 - 4 - start, start);
  archive.u16(0);
  return archive.data;
}

/** CRC-32 as ZIP and PNG use it. */
export function crc32(content: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of content) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** What the local and the central header have in common: version 2.0, stored, time, sums and sizes. */
function header(archive: Writer, { content, modified }: Entry, name: Uint8Array): void {
  archive.u16(20, 0, 0, dosTime(modified), dosDate(modified));
  archive.u32(crc32(content), content.length, content.length);
  archive.u16(name.length, 0);
}

function dosTime(date: Date): number {
  return (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
}

function dosDate(date: Date): number {
  return ((Math.max(1980, date.getFullYear()) - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
}

class Writer {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  length = 0;

  constructor(size: number) {
    this.data = new Uint8Array(size);
    this.#view = new DataView(this.data.buffer);
  }

  u16(...values: number[]): void {
    for (const value of values) {
      this.#view.setUint16(this.length, value, true);
      this.length += 2;
    }
  }

  u32(...values: number[]): void {
    for (const value of values) {
      this.#view.setUint32(this.length, value, true);
      this.length += 4;
    }
  }

  bytes(content: Uint8Array): void {
    this.data.set(content, this.length);
    this.length += content.length;
  }
}
