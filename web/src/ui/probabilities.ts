/**
 * How likely each digit is, and how likely none: eleven lines of ink and their numbers.
 *
 * In: a prediction. Out: the list in the margin.
 */

import type { Prediction } from "../types";
import { byId, make } from "./dom";
import { isNoDigit, noDigit, percent } from "./words";

export class Chances {
  readonly #rows: HTMLElement[];

  constructor() {
    const names = [...Array.from({ length: 10 }, (_, digit) => String(digit)), "none"];
    this.#rows = names.map(row);
    byId("chances", HTMLOListElement).replaceChildren(
      ...this.#rows.map((element) => make("li", {}, element)),
    );
    this.show(null);
  }

  /** @param prediction Of the digit that is looked at, or null where there is none. */
  show(prediction: Prediction | null): void {
    const best = prediction && (isNoDigit(prediction) ? 10 : prediction.digit);
    this.#rows.forEach((element, i) => {
      const chance = prediction ? (i < 10 ? prediction.probabilities[i]! : noDigit(prediction)) : 0;
      element.style.setProperty("--part", chance.toFixed(4));
      element.setAttribute("aria-valuenow", (100 * chance).toFixed(2));
      element.setAttribute("aria-valuetext", prediction ? percent(chance) : "nothing to read");
      element.querySelector(".value")!.textContent = prediction ? percent(chance) : "";
      element.classList.toggle("best", best === i);
      element.classList.toggle("unsure", prediction?.unsure === true);
    });
  }
}

function row(name: string): HTMLElement {
  return make(
    "div",
    { class: "chance", role: "meter", "aria-label": name, "aria-valuemin": "0", "aria-valuemax": "100" },
    make("span", { class: "digit", "aria-hidden": "true" }, name),
    make("span", { class: "bar", "aria-hidden": "true" }),
    make("span", { class: "value", "aria-hidden": "true" }),
  );
}
