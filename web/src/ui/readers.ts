/**
 * The networks to choose from, each with what it reads.
 *
 * In: the networks and their predictions. Out: the radio buttons in the margin.
 */

import type { ModelInfo } from "../reading/messages";
import type { Prediction } from "../types";
import { byId, make } from "./dom";
import { asRead, percent } from "./words";

const TITLES: Record<string, string> = { cnn: "convolutional network", mlp: "perceptron" };

/** More digits than these are only counted. */
const MANY = 7;

export class Readers {
  readonly #place = byId("readers", HTMLDivElement);
  readonly #rows = new Map<string, HTMLElement>();
  readonly #choose: (name: string) => void;

  constructor(choose: (name: string) => void) {
    this.#choose = choose;
  }

  /** Adds a network; the first one is chosen. */
  add(model: ModelInfo): void {
    const button = make("input", { type: "radio", name: "reader", value: model.name });
    button.checked = this.#rows.size === 0;
    button.addEventListener("change", () => this.#choose(model.name));
    const cells = [TITLES[model.name] ?? model.name, "", ""].map((text) => make("span", {}, text));
    const row = make("label", { class: "reader", title: facts(model) }, button, ...cells);
    this.#rows.set(model.name, row);
    this.#place.append(row);
  }

  /** @param predictions Of the digits that were read, by each network; nothing where there are none. */
  show(predictions: Readonly<Record<string, readonly Prediction[]>>): void {
    for (const [name, row] of this.#rows) {
      const its = predictions[name] ?? [];
      const least = Math.min(...its.map((one) => one.confidence));
      row.children[2]!.textContent = its.length > MANY ? `${its.length} digits` : its.map(asRead).join("");
      row.children[3]!.textContent = its.length ? percent(least) : "";
      row.classList.toggle(
        "unsure",
        its.some((one) => one.unsure),
      );
    }
  }
}

function facts({ parameters, testAccuracy }: ModelInfo): string {
  const accuracy =
    testAccuracy === null ? "" : `; reads ${(100 * testAccuracy).toFixed(2)} % of MNIST's test digits right`;
  return `${parameters.toLocaleString("en")} weights${accuracy}`;
}
