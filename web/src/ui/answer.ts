/**
 * What was read, large, and in one sentence; and small beside the ink, as a proof-reader would mark it.
 *
 * In: a page. Out: the answer in the margin, the marks on the sheet, and a word for screen readers.
 */

import { segment } from "../constants";
import { digitsOf } from "../page/digits";
import type { Box, Page, ReadDigit } from "../types";
import { byId, make } from "./dom";
import { type Saying, words } from "./language";
import { asRead, isNoDigit } from "./prediction";
import { summary } from "./sentences";

/** A screen reader is told when the writing has rested for so many milliseconds, not at every stroke. */
const REST = 700;

export class Answer {
  readonly #reading = byId("reading", HTMLDivElement);
  readonly #answer = byId("answer", HTMLDivElement);
  readonly #sentence = byId("sentence", HTMLParagraphElement);
  readonly #live = byId("live", HTMLParagraphElement);
  readonly #marks = byId("marks", HTMLDivElement);
  readonly #choose: (digit: number) => void;
  #saying: Saying | null = null;
  #timer = 0;

  /** @param choose Told the number of a digit that the user wants to know more of. */
  constructor(choose: (digit: number) => void) {
    this.#choose = choose;
  }

  /** Says something that is no reading, or nothing. */
  say(saying: Saying | null): void {
    this.#saying = saying;
    this.#reading.classList.remove("several");
    this.#answer.replaceChildren();
    this.#marks.replaceChildren();
    this.#speak(saying?.(words) ?? "", false);
  }

  /** Says once more what is no reading, in the language that is spoken now. */
  sayAgain(): void {
    if (this.#saying) this.say(this.#saying);
  }

  show(page: Page, chosen: number, place: (box: Box) => Box): void {
    const digits = digitsOf(page);
    if (digits.length === 0) {
      this.say(page.note === segment.NO_DIGITS ? (words) => words.noDigits : null);
      return;
    }
    this.#saying = null;
    this.#reading.classList.toggle("several", digits.length > 1);
    this.#answer.style.setProperty("--digits", String(longest(page)));
    this.#answer.style.setProperty("--lines", String(page.lines.length));
    this.#answer.replaceChildren(
      ...(digits.length === 1 ? [large(digits[0]!)] : this.#buttons(page, chosen)),
    );
    this.#marks.replaceChildren(...digits.map((digit, i) => mark(digit, place(digit.box), i === chosen)));
    this.#speak(
      summary(digits, words),
      digits.some((one) => one.unsure),
      page,
    );
  }

  #speak(sentence: string, unsure: boolean, page?: Page): void {
    this.#sentence.textContent = sentence;
    this.#sentence.classList.toggle("unsure", unsure);
    clearTimeout(this.#timer);
    const text =
      page && digitsOf(page).length > 1
        ? words.spoken(
            page.lines.map((line) => line.text),
            sentence,
          )
        : sentence;
    this.#timer = window.setTimeout(() => {
      if (this.#live.textContent !== text) this.#live.textContent = text;
    }, REST);
  }

  /** One button for each digit; a number is never broken, a line of writing is a line. */
  #buttons(page: Page, chosen: number): HTMLElement[] {
    let count = 0;
    return page.lines.map(({ numbers }) =>
      make(
        "div",
        { class: "line" },
        ...numbers.map(({ digits }) =>
          make("span", { class: "number" }, ...digits.map((digit) => this.#button(digit, count++, chosen))),
        ),
      ),
    );
  }

  #button(digit: ReadDigit, number: number, chosen: number): HTMLElement {
    const label = digit.unsure ? words.unsure(asRead(digit)) : asRead(digit);
    const button = make(
      "button",
      { type: "button", "aria-pressed": String(number === chosen), "aria-label": label },
      isNoDigit(digit) ? "?" : String(digit.digit),
    );
    button.classList.toggle("unsure", digit.unsure);
    button.addEventListener("click", () => this.#choose(number));
    return button;
  }
}

function longest(page: Page): number {
  return Math.max(4, ...page.lines.map((line) => line.text.length));
}

function large(digit: ReadDigit): HTMLElement {
  return make("span", digit.unsure ? { class: "unsure" } : {}, asRead(digit));
}

function mark(digit: ReadDigit, [x, y, width, height]: Box, chosen: boolean): HTMLElement {
  const element = make("span", { class: "mark" }, asRead(digit));
  element.classList.toggle("unsure", digit.unsure);
  element.classList.toggle("chosen", chosen);
  element.style.left = `${x + width / 2}px`;
  element.style.top = `min(${y + height}px, 100% - 1.75rem)`;
  return element;
}
