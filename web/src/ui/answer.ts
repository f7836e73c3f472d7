/**
 * What was read, large, and in one sentence; and small beside the ink, as a proof-reader would mark it.
 *
 * In: a page. Out: the answer in the margin, the marks on the sheet, and a word for screen readers.
 */

import { reading } from "../constants";
import type { Reading } from "../reading/messages";
import type { Box, NumberRead, Page, ReadDigit } from "../types";
import { byId, make } from "./dom";
import { type Saying, words } from "./language";
import { asSeen } from "./prediction";
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

  show({ page, digits, chosen }: Reading, place: (box: Box) => Box): void {
    if (digits.length === 0) {
      this.say(page.note === reading.NO_DIGITS ? (words) => words.noDigits : null);
      return;
    }
    this.#saying = null;
    const characters = page.lines.flatMap(({ numbers }) => numbers.flatMap((number) => number.characters));
    this.#reading.classList.toggle("several", characters.length > 1);
    this.#answer.style.setProperty("--digits", String(longest(page)));
    this.#answer.style.setProperty("--lines", String(page.lines.length));
    this.#answer.replaceChildren(
      ...(characters.length === 1 ? [large(digits[0]!)] : this.#buttons(page, digits, chosen)),
    );
    this.#marks.replaceChildren(
      ...digits.map((digit, i) => mark(digit, place(digit.character.box), i === chosen)),
    );
    this.#speak(
      summary(digits, words),
      digits.some((one) => one.unsure),
      digits.length > 1 ? page : null,
    );
  }

  /** @param page To be spoken in front of the sentence, or null. */
  #speak(sentence: string, unsure: boolean, page: Page | null = null): void {
    this.#sentence.textContent = sentence;
    this.#sentence.classList.toggle("unsure", unsure);
    clearTimeout(this.#timer);
    const text = page
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
  #buttons(page: Page, digits: readonly ReadDigit[], chosen: number): HTMLElement[] {
    let count = 0;
    const shown = ({ characters }: NumberRead): HTMLElement[] =>
      characters.map((character) =>
        digits[count]?.character === character
          ? this.#button(digits[count]!, count++, chosen)
          : make("span", character.unsure ? { class: "unsure" } : {}, character.text),
      );
    return page.lines.map(({ numbers }) => {
      const parts = numbers.map((number) => make("span", { class: "number" }, ...shown(number)));
      return make("div", { class: "line" }, ...parts);
    });
  }

  #button(digit: ReadDigit, number: number, chosen: number): HTMLElement {
    const label = digit.unsure ? words.unsure(asSeen(digit)) : asSeen(digit);
    const button = make(
      "button",
      { type: "button", "aria-pressed": String(number === chosen), "aria-label": label },
      asSeen(digit).at(0)!,
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
  return make("span", digit.unsure ? { class: "unsure" } : {}, asSeen(digit));
}

function mark(digit: ReadDigit, [x, y, width, height]: Box, chosen: boolean): HTMLElement {
  const element = make("span", { class: "mark" }, asSeen(digit));
  element.classList.toggle("unsure", digit.unsure);
  element.classList.toggle("chosen", chosen);
  element.style.left = `${x + width / 2}px`;
  element.style.top = `min(${y + height}px, 100% - 1.75rem)`;
  return element;
}
