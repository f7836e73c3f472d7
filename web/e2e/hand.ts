/** A hand that writes: digits as strokes in a box of 1 x 1, and a mouse that draws them on the sheet. */

import type { Page } from "@playwright/test";

export type Point = readonly [x: number, y: number];

/** Part of an ellipse, from one angle to another, in quarter turns clockwise from the right. */
const arc = (x: number, y: number, a: number, b: number, from: number, to: number): Point[] =>
  Array.from({ length: 13 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 12) * Math.PI) / 2;
    return [x + a * Math.cos(angle), y + b * Math.sin(angle)];
  });

export const DIGITS: readonly (readonly (readonly Point[])[])[] = [
  [arc(0.5, 0.5, 0.34, 0.5, -1, 3.05)],
  [
    [
      [0.52, 0],
      [0.5, 0.5],
      [0.48, 1],
    ],
  ],
  [[...arc(0.5, 0.3, 0.32, 0.3, -2.1, 0.4), [0.45, 0.75], [0.15, 1], [0.85, 0.98]]],
  [[...arc(0.45, 0.25, 0.33, 0.25, -2, 0.9), ...arc(0.45, 0.74, 0.38, 0.26, -0.9, 2)]],
  [
    [
      [0.45, 0],
      [0.12, 0.62],
      [0.88, 0.62],
    ],
    [
      [0.66, 0.3],
      [0.62, 1],
    ],
  ],
  [
    [[0.28, 0.02], [0.24, 0.45], ...arc(0.45, 0.7, 0.36, 0.3, -1.4, 1.9)],
    [
      [0.28, 0.02],
      [0.8, 0],
    ],
  ],
  [[[0.62, 0], [0.36, 0.3], ...arc(0.5, 0.72, 0.32, 0.28, -2.1, 1.95)]],
  [
    [
      [0.14, 0.04],
      [0.86, 0.02],
      [0.56, 0.5],
      [0.42, 1],
    ],
  ],
  [[...arc(0.5, 0.25, 0.27, 0.25, -0.4, -3.1), ...arc(0.5, 0.75, 0.32, 0.25, -0.9, 2.9), [0.75, 0.2]]],
  [[...arc(0.48, 0.28, 0.3, 0.28, -0.3, -4), [0.76, 0.5], [0.66, 1]]],
];

/** Where a box of the sheet lies in the window: fractions of the sheet's width and height. */
export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const MIDDLE: Place = { left: 0.4, top: 0.15, width: 0.2, height: 0.65 };

/** The strokes of a digit in pixels of the window. */
export async function strokesOf(page: Page, digit: number, place: Place = MIDDLE): Promise<Point[][]> {
  const sheet = (await page.locator("#sheet").boundingBox())!;
  return DIGITS[digit].map((stroke) =>
    stroke.map(([x, y]) => [
      sheet.x + sheet.width * (place.left + place.width * x),
      sheet.y + sheet.height * (place.top + place.height * y),
    ]),
  );
}

/** Writes a digit with the mouse. */
export async function write(page: Page, digit: number, place: Place = MIDDLE): Promise<void> {
  for (const [first, ...rest] of await strokesOf(page, digit, place)) {
    await page.mouse.move(...(first as [number, number]));
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...(point as [number, number]));
    await page.mouse.up();
  }
}

/** Opens the page and waits until both networks are there. */
export async function open(page: Page, address = "./"): Promise<void> {
  await page.goto(address);
  await page.locator(".reader").nth(1).waitFor();
}
