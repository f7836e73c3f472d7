/**
 * A closer look at one thing: why this digit and not the next, or what one neuron looks with.
 *
 * In: 784 signed numbers. Out: Hinton's diagram of them (dark squares for, light squares against, as large as the
 * number), over the digit as the network sees it, and a few words.
 */

import type { Turning } from "../network/why";
import type { Frame } from "../types";
import { byId, colour, fitted, make } from "./dom";
import { words } from "./language";

const SIDE = 28;
const CELL = 5;

/** Numbers below this part of the largest are not drawn. */
const LEAST = 0.04;

export class Lens {
  readonly #canvas = byId("lens", HTMLCanvasElement);
  readonly #title = byId("lens-title", HTMLSpanElement);
  readonly #text = byId("lens-text", HTMLParagraphElement);
  readonly #rivals = byId("rivals", HTMLLabelElement);
  readonly rival = byId("rival", HTMLSelectElement);
  readonly back = byId("lens-back", HTMLButtonElement);

  /** Shows which digit another one is held against, and lets that be changed; null hides it. */
  compare(pair: { from: number; to: number } | null): void {
    this.#rivals.hidden = pair === null;
    if (!pair) return;
    const others = Array.from({ length: 10 }, (_, digit) => digit).filter((digit) => digit !== pair.from);
    this.rival.replaceChildren(
      ...others.map((digit) => make("option", { value: String(digit) }, words.digit(digit))),
    );
    this.rival.value = String(pair.to);
  }

  /**
   * @param values 784 signed numbers, or null for an empty lens.
   * @param frame What lies under them, or null.
   */
  show(
    title: string,
    text: string,
    values: Float32Array | null,
    frame: Frame | null,
    turning: Turning | null = null,
  ): void {
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#canvas.setAttribute("aria-label", title ? words.titled(title, text) : words.lensAtRest);
    const context = fitted(this.#canvas, SIDE * CELL, SIDE * CELL);
    context.fillStyle = colour("ground");
    context.fillRect(0, 0, SIDE * CELL, SIDE * CELL);
    if (frame) wash(context, frame);
    if (values) squares(context, values);
    if (turning) outline(context, turning);
  }
}

/** A frame as the network sees it, on a canvas of its own. */
export function drawFrame(canvas: HTMLCanvasElement, frame: Frame | null): void {
  const context = fitted(canvas, SIDE * CELL, SIDE * CELL);
  context.fillStyle = colour("light");
  context.fillRect(0, 0, SIDE * CELL, SIDE * CELL);
  context.fillStyle = colour("ink");
  for (let i = 0; frame && i < frame.length; i++) {
    if (frame[i]! <= 0) continue;
    context.globalAlpha = frame[i]!;
    context.fillRect((i % SIDE) * CELL, Math.floor(i / SIDE) * CELL, CELL, CELL);
  }
  context.globalAlpha = 1;
}

function wash(context: CanvasRenderingContext2D, frame: Frame): void {
  context.fillStyle = colour("faint");
  frame.forEach((ink, i) => {
    context.globalAlpha = 0.4 * ink;
    if (ink > 0) context.fillRect((i % SIDE) * CELL, Math.floor(i / SIDE) * CELL, CELL, CELL);
  });
  context.globalAlpha = 1;
}

function squares(context: CanvasRenderingContext2D, values: Float32Array): void {
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-12);
  const [dark, light] = [colour("ink"), colour("light")];
  values.forEach((value, i) => {
    const part = Math.abs(value) / most;
    if (part < LEAST) return;
    const side = CELL * Math.sqrt(part);
    const [x, y] = [((i % SIDE) + 0.5) * CELL, (Math.floor(i / SIDE) + 0.5) * CELL];
    context.fillStyle = value > 0 ? dark : light;
    context.fillRect(x - side / 2, y - side / 2, side, side);
  });
}

/** The stroke that would turn the answer: a line of the pen's or the eraser's breadth, dashed around. */
function outline(context: CanvasRenderingContext2D, { stroke }: Turning): void {
  const [x0, y0, x1, y1] = stroke.ends.map((value) => (value + 0.5) * CELL) as [
    number,
    number,
    number,
    number,
  ];
  const reach = CELL * (stroke.adds ? 1.6 : 2.1);
  const angle = x0 === x1 && y0 === y1 ? 0 : Math.atan2(y1 - y0, x1 - x0);
  context.strokeStyle = colour("doubt");
  context.lineWidth = 1.5;
  context.setLineDash([3, 2.5]);
  context.beginPath();
  context.arc(x0, y0, reach, angle + Math.PI / 2, angle - Math.PI / 2);
  context.arc(x1, y1, reach, angle - Math.PI / 2, angle + Math.PI / 2);
  context.closePath();
  context.stroke();
  context.setLineDash([]);
}
