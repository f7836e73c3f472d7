/**
 * Stored drawings as the files of a training set: a folder for each digit.
 *
 * In: what is stored. Out: a ZIP archive that `inkdigit train --data` reads.
 */

import type { StoredDrawing } from "./store";
import { type Entry, zip } from "./zip";

/** "digits/4/2026-11-21-103000-0001.png": the number keeps two of one second apart. */
export function archive(drawings: readonly StoredDrawing[]): Uint8Array<ArrayBuffer> {
  const entries = drawings.map(({ digit, png, time }, i): Entry => {
    const modified = new Date(time);
    const stamp = modified.toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
    return { name: `digits/${digit}/${stamp}-${String(i + 1).padStart(4, "0")}.png`, content: png, modified };
  });
  return zip(entries);
}
