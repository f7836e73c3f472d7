/** Just enough of PNG to read the pictures of `examples/`: eight bits a colour, not interlaced. */

import { inflateSync } from "node:zlib";
import type { Pixels } from "../../src/types";

const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 6: 4 };

export function decodePng(file: Uint8Array): Pixels {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const channels = CHANNELS[file[25]];
  if (file[24] !== 8 || file[28] !== 0 || !channels) throw new Error("a kind of PNG that this cannot read");
  const packed: Uint8Array[] = [];
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (kind === "IDAT") packed.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const bytes = unfiltered(inflateSync(Buffer.concat(packed)), width * channels, height, channels);
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = bytes[i * channels + (channels === 1 ? 0 : c)];
    if (channels === 4) data[4 * i + 3] = bytes[4 * i + 3];
  }
  return { width, height, data };
}

/** Undo the filters of PNG, one a row. */
function unfiltered(bytes: Uint8Array, length: number, height: number, step: number): Uint8Array {
  const made = new Uint8Array(length * height);
  for (let y = 0; y < height; y++) {
    const filter = bytes[y * (length + 1)];
    for (let i = 0; i < length; i++) {
      const at = y * length + i;
      const left = i >= step ? made[at - step] : 0;
      const up = y > 0 ? made[at - length] : 0;
      const corner = i >= step && y > 0 ? made[at - length - step] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      made[at] = bytes[y * (length + 1) + 1 + i] + guess;
    }
  }
  return made;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
