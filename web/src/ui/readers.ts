/**
 * The networks to choose from, each with what it reads.
 *
 * In: the networks and their predictions. Out: the radio buttons in the margin.
 */

import type { ModelInfo } from "../reading/messages";
import type { Prediction } from "../types";
import { byId, make } from "./dom";
import { words } from "./language";
import { asRead } from "./prediction";

/** More digits than these are only counted. */
const MANY = 7;

export class Readers {
  readonly #place = byId("readers", HTMLDivElement);
  readonly #rows = new Map<string, { model: ModelInfo; row: HTMLElement }>();
  readonly #choose: (name: string) => void;

  constructor(choose: (name: string) => void) {
    this.#choose = choose;
  }

  /** Adds a network; the first one is chosen. */
  add(model: ModelInfo): void {
    const button = make("input", { type: "radio", name: "reader", value: model.name });
    button.checked = this.#rows.size === 0;
    button.addEventListener("change", () => this.#choose(model.name));
    const cells = Array.from({ length: 3 }, () => make("span"));
    const row = make("label", { class: "reader" }, button, ...cells);
    this.#rows.set(model.name, { model, row });
    this.#place.append(row);
    this.show({});
  }

  /** @param predictions Of the digits that were read, by each network; nothing where there are none. */
  show(predictions: Readonly<Record<string, readonly Prediction[]>>): void {
    for (const [name, { model, row }] of this.#rows) {
      const its = predictions[name] ?? [];
      const least = Math.min(...its.map((one) => one.confidence));
      row.title = words.facts(model.parameters, model.testAccuracy);
      row.children[1]!.textContent = titleOf(name);
      row.children[2]!.textContent = its.length > MANY ? words.digits(its.length) : its.map(asRead).join("");
      row.children[3]!.textContent = its.length ? words.percent(least) : "";
      row.classList.toggle(
        "unsure",
        its.some((one) => one.unsure),
      );
    }
  }
}

function titleOf(name: string): string {
  return (words.networks as Readonly<Record<string, string>>)[name] ?? name;
}
