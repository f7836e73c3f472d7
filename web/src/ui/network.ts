/**
 * The lower part of the page: what the network sees, its layers at work, and the lens.
 *
 * In: a look at one digit. Out: drawings. Asks the worker for what the lens shows when the pen rests.
 */

import type { Client } from "../reading/client";
import type { Look, ModelInfo } from "../reading/messages";
import type { Frame } from "../types";
import { byId, make } from "./dom";
import { words } from "./language";
import { isSeen, LayerDrawing, type Pick } from "./layers";
import { drawFrame, Lens } from "./lens";
import { isNoDigit, rivalOf } from "./prediction";
import { because } from "./sentences";

/** Milliseconds of rest after which the lens says why. */
const REST = 160;

interface Shown {
  readonly frame: Frame;
  readonly look: Look;
}

export class NetworkAtWork {
  readonly #client: Client;
  readonly #sees = byId("sees", HTMLCanvasElement);
  readonly #place = byId("layers", HTMLDivElement);
  readonly #lens = new Lens();
  #model: ModelInfo | null = null;
  #layers = new Map<number, LayerDrawing>();
  #shown: Shown | null = null;
  #picked: { layer: number; unit: number } | null = null;
  /** The digit to compare with, where the user chose one; else the runner-up. */
  #rival: number | null = null;
  #timer = 0;

  constructor(client: Client) {
    this.#client = client;
    this.#lens.back.addEventListener("click", () => this.#pick(null));
    this.#lens.rival.addEventListener("change", () => {
      this.#rival = Number(this.#lens.rival.value);
      void this.#explain();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#redraw());
    this.#redraw();
  }

  /** Draws another network. */
  open(model: ModelInfo): void {
    this.#model = model;
    this.#picked = null;
    this.#layers = new Map();
    const close = model.layers.some((layer) => layer.kind.includes("Conv"));
    const pick: Pick = (layer, unit) => this.#pick({ layer, unit });
    model.layers.forEach((layer, i) => {
      if (isSeen(layer)) this.#layers.set(i, new LayerDrawing(layer, i, { close, pick }));
    });
    this.#place.replaceChildren(...this.#stages());
  }

  /** The drawings, a pooled layer below the one it pools. */
  #stages(): HTMLElement[] {
    const stages: HTMLElement[] = [];
    for (const [i, { element }] of this.#layers) {
      if (this.#model!.layers[i]!.kind.includes("Pool") && stages.length) stages.at(-1)!.append(element);
      else stages.push(make("div", { class: "stage" }, element));
    }
    return stages;
  }

  /** Shows the network at work on a frame, or at rest. */
  show(shown: Shown | null): void {
    this.#shown = shown;
    if (!shown) this.#rival = null;
    drawFrame(this.#sees, shown?.frame ?? null);
    for (const [i, drawing] of this.#layers) drawing.show(shown?.look.activations[i] ?? null);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#explain(), shown ? REST : 0);
  }

  #redraw(): void {
    for (const drawing of this.#layers.values()) drawing.draw();
    this.show(this.#shown);
  }

  #pick(picked: { layer: number; unit: number } | null): void {
    this.#picked = picked;
    for (const [i, drawing] of this.#layers) drawing.pick(picked?.layer === i ? picked.unit : null);
    void this.#explain();
  }

  async #explain(): Promise<void> {
    this.#lens.back.hidden = this.#picked === null;
    if (this.#picked || !this.#shown || isNoDigit(this.#shown.look.prediction)) this.#lens.compare(null);
    if (this.#picked) await this.#explainNeuron(this.#picked);
    else if (this.#shown) await this.#explainDigit(this.#shown);
    else this.#lens.show("", "", null, null);
  }

  async #explainDigit(shown: Shown): Promise<void> {
    const { frame, look } = shown;
    if (isNoDigit(look.prediction)) {
      this.#lens.show(words.noDigit, words.whyNoDigit, null, frame);
      return;
    }
    const from = look.prediction.digit;
    const to = this.#rival === null || this.#rival === from ? rivalOf(look.prediction) : this.#rival;
    const why = await this.#client.ask("why", { frame, model: this.#model!.name, from, to });
    if (!why || this.#shown !== shown || this.#picked) return;
    this.#lens.compare({ from, to });
    this.#lens.show(words.why(from), because(why, from, to, words), why.evidence, frame, why.turning);
  }

  async #explainNeuron({ layer, unit }: { layer: number; unit: number }): Promise<void> {
    const { name, layers } = this.#model!;
    const frame = this.#shown?.frame ?? new Float32Array(784);
    const saliency = await this.#client.ask("neuron", { frame, model: name, layer, unit });
    if (this.#picked?.layer !== layer || this.#picked.unit !== unit) return;
    const active = this.#layers.get(layer)?.activation(unit) ?? 0;
    const its = layers[layer]!;
    const kind = its.shape.length === 3 ? "filter" : "neuron";
    const title = words.unit(kind, unit + 1, its.name.replaceAll("_", " "));
    this.#lens.show(title, words.looksFor(kind, active), saliency, null);
  }
}
