/** How what the page reads is held to what the package reads. */

import { expect } from "vitest";
import type { Page } from "../../src/types";
import { type Answer, digitsOf } from "./reading";

/** Hold a page to the package's: the same text, boxes and confidences as near as said. */
export function expectPage(page: Page, expected: Answer, near: { pixels: number; confidence: number }): void {
  const { rotation, note } = page;
  const text = page.lines.map((line) => line.text);
  expect({ rotation, note, text }).toEqual({
    rotation: expected.rotation,
    note: expected.note,
    text: expected.lines.map((line) => line.text),
  });
  const read = digitsOf(page);
  const all = expected.lines.flatMap((line) => line.digits);
  for (const [i, [digit, confidence, unsure, ...box]] of all.entries()) {
    expect(read[i].digit).toBe(digit);
    expect(read[i].unsure).toBe(unsure);
    expect(Math.abs(read[i].confidence - confidence), `confidence of digit ${i}`).toBeLessThan(
      near.confidence,
    );
    const missed = Math.max(...box.map((side, k) => Math.abs(side - read[i].box[k])));
    expect(missed, `box ${read[i].box} of digit ${i}, expected ${box}`).toBeLessThanOrEqual(near.pixels);
  }
}
