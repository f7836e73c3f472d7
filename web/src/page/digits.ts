import type { Page, ReadDigit } from "../types";

/** The digits of a page in reading order. */
export function digitsOf(page: Page): ReadDigit[] {
  return page.lines.flatMap((line) => line.numbers.flatMap((number) => number.digits));
}
