/**
 * The network at work: each layer as the field of neurons it is, each neuron as large a dot of ink as it is active.
 *
 * In: activations. Out: one drawing for each layer, that moves with the stroke. A neuron can be picked with the
 * pointer or the arrow keys.
 */

import type { LayerInfo } from "../reading/messages";
import { colour, fitted, make } from "./dom";
import { words } from "./language";

/** What does nothing to a picture that could be seen. */
const SILENT = new Set(["InputLayer", "Flatten", "Dropout", "Reshape", "Rescaling", "Activation", "Softmax"]);

/** CSS pixels of the height that a drawing may take, and of a neuron in it. */
const HEIGHT = 132;
const SMALLEST = 8;
/** Beside convolutions, which need the room, neurons are drawn closer. */
const CLOSE = 8.5;
const LOW = 104;
const WIDE = 12;

/** How much of the way to its new size a dot goes in each picture of the animation. */
const BREATH = 0.3;
const STILL = 0.004;

/** Told the layer, by its number in the network, and the neuron that were picked. */
export type Pick = (layer: number, unit: number) => void;

export class LayerDrawing {
  readonly element: HTMLElement;
  readonly #canvas = make("canvas", { tabindex: "0", role: "slider", "aria-valuemin": "1" });
  readonly #layer: LayerInfo;
  readonly #grid: Grid;
  #shown: Float32Array;
  #goal: Float32Array;
  /** The most that a neuron of this layer has shown; the measure of all dots, so that a rest looks like rest. */
  #most = 1e-6;
  #picked: number | null = null;
  #frame = 0;

  constructor(layer: LayerInfo, number: number, { close, pick }: { close: boolean; pick: Pick }) {
    this.#layer = layer;
    this.#grid = close ? gridOf(layer.shape, LOW, CLOSE) : gridOf(layer.shape, HEIGHT, WIDE);
    this.#shown = new Float32Array(sizeOf(layer.shape));
    this.#goal = new Float32Array(this.#shown.length);
    this.#canvas.setAttribute("aria-valuemax", String(this.#grid.units));
    this.#canvas.setAttribute("aria-label", words.layer(layer.name, describe(layer)));
    this.element = make("figure", { class: "panel" }, this.#canvas, make("figcaption", {}, describe(layer)));
    this.#listen(number, pick);
    this.pick(null);
    this.draw();
  }

  /** Moves towards new activations, or to none. */
  show(activation: Float32Array | null): void {
    this.#goal = activation
      ? activation.map((value) => Math.max(0, value))
      : new Float32Array(this.#shown.length);
    for (const value of this.#goal) if (value > this.#most) this.#most = value;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.#shown = this.#goal.slice();
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#breathe());
    this.#tell();
  }

  /** Marks a neuron, or none. */
  pick(unit: number | null): void {
    this.#picked = unit;
    this.#canvas.setAttribute("aria-valuenow", String((unit ?? 0) + 1));
    this.#tell();
    this.draw();
  }

  draw(): void {
    const { columns, rows, cell } = this.#grid;
    const isOutput = columns === 1;
    const context = fitted(this.#canvas, columns * cell + (isOutput ? 2 * cell : 0), rows * cell);
    const [ink, line] = [colour("ink"), colour("line")];
    if (isOutput) labels(context, rows, cell);
    if (this.#layer.shape.length === 3) this.#maps(context, ink, line);
    else this.#dots(context, ink, line);
    if (this.#picked !== null) {
      const [column, row] = [this.#picked % columns, Math.floor(this.#picked / columns)];
      context.strokeStyle = ink;
      context.lineWidth = 1;
      context.strokeRect(column * cell + 0.5, row * cell + 0.5, cell - 1, cell - 1);
    }
  }

  #breathe(): void {
    let moves = false;
    for (let i = 0; i < this.#shown.length; i++) {
      const step = this.#goal[i]! - this.#shown[i]!;
      if (Math.abs(step) > STILL * this.#most) moves = true;
      this.#shown[i] = moves ? this.#shown[i]! + BREATH * step : this.#goal[i]!;
    }
    this.draw();
    this.#frame = moves ? requestAnimationFrame(() => this.#breathe()) : 0;
  }

  /** Dense layers: a dot for each neuron, its area as large as its activation. */
  #dots(context: CanvasRenderingContext2D, ink: string, line: string): void {
    const { columns, cell, units } = this.#grid;
    for (const [style, smallest] of [
      [line, 1],
      [ink, 0],
    ] as const) {
      context.fillStyle = style;
      context.beginPath();
      for (let unit = 0; unit < units; unit++) {
        const part = Math.sqrt(Math.min(1, this.#shown[unit]! / this.#most));
        const radius = smallest || part * cell * 0.48;
        if (radius < 0.3) continue;
        const [x, y] = [((unit % columns) + 0.5) * cell, (Math.floor(unit / columns) + 0.5) * cell];
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fill();
    }
  }

  /** Convolutions: a small picture for each filter. */
  #maps(context: CanvasRenderingContext2D, ink: string, line: string): void {
    const { columns, rows, cell, units } = this.#grid;
    const [height, width] = this.#layer.shape as [number, number, number];
    const picture = new ImageData(columns * (width + 1), rows * (height + 1));
    const bytes = new Uint32Array(picture.data.buffer);
    const [rgb, rest] = [rgbOf(ink), blend(rgbOf(colour("paper")), rgbOf(line), 0.5)];
    for (let unit = 0; unit < units; unit++) {
      const [left, top] = [(unit % columns) * (width + 1), Math.floor(unit / columns) * (height + 1)];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const part = Math.min(1, this.#shown[(y * width + x) * units + unit]! / this.#most);
          bytes[(top + y) * picture.width + left + x] = packed(blend(rest, rgb, Math.sqrt(part)));
        }
      }
    }
    const whole = new OffscreenCanvas(picture.width, picture.height);
    whole.getContext("2d")!.putImageData(picture, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(whole, 0, 0, columns * cell, rows * cell);
  }

  #listen(number: number, pick: Pick): void {
    const { columns, cell, units } = this.#grid;
    const at = (event: PointerEvent) =>
      Math.min(
        units - 1,
        Math.floor(event.offsetY / cell) * columns + Math.min(columns - 1, Math.floor(event.offsetX / cell)),
      );
    this.#canvas.addEventListener("pointerdown", (event) => pick(number, at(event)));
    this.#canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && this.#picked !== at(event)) pick(number, at(event));
    });
    this.#canvas.addEventListener("keydown", (event) => {
      const step = {
        ArrowLeft: -1,
        ArrowRight: 1,
        ArrowUp: -columns,
        ArrowDown: columns,
        Home: -units,
        End: units,
      }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const from = this.#picked ?? (step > 0 ? -1 : 0);
      pick(number, Math.min(units - 1, Math.max(0, from + (this.#picked === null ? 1 : step))));
    });
  }

  #tell(): void {
    const unit = this.#picked;
    const value = unit === null ? words.noNeuron : words.activation(unit + 1, this.activation(unit));
    this.#canvas.setAttribute("aria-valuetext", value);
  }

  /** The activation of a neuron, or of a filter where it is largest. */
  activation(unit: number): number {
    const step = this.#layer.shape.length === 3 ? this.#grid.units : this.#goal.length;
    let most = 0;
    for (let i = unit; i < this.#goal.length; i += step) most = Math.max(most, this.#goal[i]!);
    return most;
  }
}

/** The digits beside the dots of the last layer. */
function labels(context: CanvasRenderingContext2D, rows: number, cell: number): void {
  context.fillStyle = colour("faint");
  context.font = `${cell * 1.15}px "EB Garamond", serif`;
  context.textBaseline = "middle";
  for (let row = 0; row < rows; row++)
    context.fillText(row < 10 ? String(row) : "–", cell * 1.4, (row + 0.5) * cell);
}

/** Whether a layer has something to show. */
export function isSeen(layer: LayerInfo): boolean {
  return !SILENT.has(layer.kind) && (layer.shape.length === 1 || layer.shape.length === 3);
}

/** "384 neurons", "32 filters, 26 × 26". */
export function describe({ shape, kind }: LayerInfo): string {
  if (shape.length === 1) return shape[0]! <= 11 ? words.output : words.neurons(shape[0]!);
  const [height, width, channels] = shape as [number, number, number];
  return kind.includes("Pool")
    ? words.pooled(channels, width, height)
    : words.filters(channels, width, height);
}

interface Grid {
  readonly units: number;
  readonly columns: number;
  readonly rows: number;
  readonly cell: number;
}

/** How the neurons of a layer are laid out: broader than high, each as large as the height allows. */
function gridOf(shape: readonly number[], room: number, largest: number): Grid {
  if (shape.length === 3) {
    const [height, , units] = shape as [number, number, number];
    const rows = units > 48 ? 8 : 4;
    const cell = Math.min(room / rows, Math.max(SMALLEST, height + 1));
    return { units, rows, columns: Math.ceil(units / rows), cell };
  }
  const units = shape[0]!;
  if (units <= 11) return { units, columns: 1, rows: units, cell: 12 };
  const rows = Math.max(4, Math.min(16, Math.round(Math.sqrt(units / 1.6))));
  return {
    units,
    rows,
    columns: Math.ceil(units / rows),
    cell: Math.min(largest, Math.max(SMALLEST, room / rows)),
  };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

type Rgb = readonly [number, number, number];

function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A colour between two: `part` of the way from the first to the second. */
function blend(from: Rgb, to: Rgb, part: number): Rgb {
  return [
    from[0] + part * (to[0] - from[0]),
    from[1] + part * (to[1] - from[1]),
    from[2] + part * (to[2] - from[2]),
  ];
}

/** As ImageData keeps it on a little-endian machine, opaque. */
function packed([red, green, blue]: Rgb): number {
  return ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
}
