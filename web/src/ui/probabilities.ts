/**
 * How likely each digit is, and how likely none: eleven lines of ink and their numbers.
 *
 * In: a prediction. Out: the list in the margin.
 */

import type { Prediction } from "../types";
import { byId, make } from "./dom";
import { words } from "./language";
import { isNoDigit, noDigit } from "./prediction";

export class Probabilities {
  readonly #rows: HTMLElement[];

  constructor() {
    this.#rows = Array.from({ length: 11 }, row);
    byId("probabilities", HTMLOListElement).replaceChildren(
      ...this.#rows.map((element) => make("li", {}, element)),
    );
    this.show(null);
  }

  /** @param prediction Of the digit that is looked at, or null where there is none. */
  show(prediction: Prediction | null): void {
    const best = prediction && (isNoDigit(prediction) ? 10 : prediction.digit);
    this.#rows.forEach((element, i) => {
      const name = i < 10 ? String(i) : words.none;
      const probability = prediction ? (i < 10 ? prediction.probabilities[i]! : noDigit(prediction)) : 0;
      element.setAttribute("aria-label", name);
      element.querySelector(".digit")!.textContent = name;
      element.style.setProperty("--part", probability.toFixed(4));
      element.setAttribute("aria-valuenow", (100 * probability).toFixed(2));
      element.setAttribute("aria-valuetext", prediction ? words.percent(probability) : words.nothingToRead);
      element.querySelector(".value")!.textContent = prediction ? words.percent(probability) : "";
      element.classList.toggle("best", best === i);
      element.classList.toggle("unsure", prediction?.unsure === true);
    });
  }
}

function row(): HTMLElement {
  return make(
    "div",
    { class: "probability", role: "meter", "aria-valuemin": "0", "aria-valuemax": "100" },
    make("span", { class: "digit", "aria-hidden": "true" }),
    make("span", { class: "bar", "aria-hidden": "true" }),
    make("span", { class: "value", "aria-hidden": "true" }),
  );
}
