/**
 * A wrong answer put right: the drawing and its digit are kept, to be trained with.
 *
 * In: the ink of the digit that is looked at. Out: a kept drawing; a download of all of them.
 */

import { archive } from "../storage/archive";
import { allKept, keep, throwAway } from "../storage/store";
import type { Box, Plane } from "../types";
import { byId, make } from "./dom";

/** Paper around a kept digit, as a part of its longer side. */
const ROOM = 0.2;

export class Corrections {
  readonly #row = byId("correct", HTMLDivElement);
  readonly #kept = byId("kept", HTMLParagraphElement);
  #ink: { plane: Plane; box: Box } | null = null;

  constructor() {
    const digits = Array.from({ length: 10 }, (_, digit) => {
      const button = make("button", { type: "button", "aria-label": `It is really ${digit}` }, String(digit));
      button.addEventListener("click", () => void this.#keep(digit));
      return button;
    });
    byId("digits", HTMLSpanElement).append(...digits);
    void this.#count();
  }

  /** @param ink The ink and the box of the digit that may be corrected, or null where there is none. */
  offer(ink: { plane: Plane; box: Box } | null): void {
    this.#ink = ink;
    this.#row.hidden = ink === null;
  }

  async #keep(digit: number): Promise<void> {
    if (!this.#ink) return;
    const { plane, box } = this.#ink;
    try {
      await keep({ digit, png: await toPng(cropped(plane, box)), time: Date.now() });
      await this.#count(`Kept as ${digit}.`);
    } catch (error) {
      this.#say(`This browser keeps nothing: ${error instanceof Error ? error.message : error}`);
    }
  }

  async #count(before = ""): Promise<void> {
    const kept = await allKept().catch(() => []);
    const drawings = `${kept.length} ${kept.length === 1 ? "drawing" : "drawings"} kept here: `;
    this.#say(kept.length ? `${before} ${drawings}` : before);
    if (!kept.length) return;
    const download = make("button", { type: "button" }, "download");
    download.addEventListener("click", () => void this.#download());
    const forget = make("button", { type: "button" }, "forget");
    forget.addEventListener("click", () => void throwAway().then(() => this.#count("Forgotten.")));
    this.#kept.append(download, forget);
  }

  #say(words: string): void {
    this.#kept.replaceChildren(words);
    this.#kept.hidden = words === "";
  }

  async #download(): Promise<void> {
    const url = URL.createObjectURL(new Blob([archive(await allKept())], { type: "application/zip" }));
    make("a", { href: url, download: "inkdigit-digits.zip" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

/** The ink of a box with some paper around it; what its neighbours wrote there is left out. */
function cropped(plane: Plane, [x, y, width, height]: Box): Plane {
  const room = Math.round(ROOM * Math.max(width, height));
  const [left, top] = [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))];
  const right = Math.min(plane.width, Math.round(x + width));
  const bottom = Math.min(plane.height, Math.round(y + height));
  const columns = right - left + 2 * room;
  const data = new Float32Array(columns * (bottom - top + 2 * room));
  for (let row = top; row < bottom; row++) {
    const ink = plane.data.subarray(row * plane.width + left, row * plane.width + right);
    data.set(ink, (row - top + room) * columns + room);
  }
  return { width: columns, height: bottom - top + 2 * room, data };
}

/** Black on white. */
async function toPng({ width, height, data }: Plane): Promise<Uint8Array> {
  const image = new ImageData(width, height);
  data.forEach((ink, i) => {
    image.data.fill(255 - 255 * ink, 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  });
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
}
