/**
 * A wrong answer put right: the drawing and its digit are stored, to be trained with.
 *
 * In: the ink of the digit that is looked at. Out: a stored drawing; a download of all of them.
 */

import { archive } from "../storage/archive";
import { clear, store, stored } from "../storage/store";
import type { Box, Plane } from "../types";
import { byId, make } from "./dom";
import { type Saying, words } from "./language";

/** Paper around a stored digit, as a part of its longer side. */
const ROOM = 0.2;

export class Corrections {
  readonly #row = byId("correct", HTMLDivElement);
  readonly #stored = byId("stored", HTMLParagraphElement);
  readonly #buttons: readonly HTMLButtonElement[];
  #said: Saying | null = null;
  #ink: { plane: Plane; box: Box } | null = null;

  constructor() {
    this.#buttons = Array.from({ length: 10 }, (_, digit) => {
      const button = make("button", { type: "button" }, String(digit));
      button.addEventListener("click", () => void this.#store(digit));
      return button;
    });
    byId("digits", HTMLSpanElement).append(...this.#buttons);
    this.sayAgain();
  }

  /** Says all of it in the language that is spoken now. */
  sayAgain(): void {
    for (const [digit, button] of this.#buttons.entries())
      button.setAttribute("aria-label", words.isReally(digit));
    void this.#count(this.#said);
  }

  /** @param ink The ink and the box of the digit that may be corrected, or null where there is none. */
  offer(ink: { plane: Plane; box: Box } | null): void {
    this.#ink = ink;
    this.#row.hidden = ink === null;
  }

  async #store(digit: number): Promise<void> {
    if (!this.#ink) return;
    const { plane, box } = this.#ink;
    try {
      await store({ digit, png: await toPng(cropped(plane, box)), time: Date.now() });
      await this.#count((words) => words.storedAs(digit));
    } catch (error) {
      console.error(error);
      await this.#count((words) => words.notStored);
    }
  }

  /** Says something, how many drawings are stored, and what can be done with them. */
  async #count(saying: Saying | null): Promise<void> {
    this.#said = saying;
    const { length } = await stored().catch(() => []);
    const said = [saying?.(words), length ? words.stored(length) : null].filter(Boolean).join(" ");
    const download = make("button", { type: "button" }, words.download);
    download.addEventListener("click", () => void this.#download());
    const forget = make("button", { type: "button" }, words.forget);
    forget.addEventListener("click", () => void this.#forget());
    this.#stored.replaceChildren(...(length ? [`${said} `, download, forget] : [said]));
    this.#stored.hidden = said === "";
  }

  async #forget(): Promise<void> {
    await clear();
    await this.#count((words) => words.forgotten);
  }

  async #download(): Promise<void> {
    const url = URL.createObjectURL(new Blob([archive(await stored())], { type: "application/zip" }));
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
