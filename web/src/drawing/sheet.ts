/**
 * The sheet one writes on: pointer, keyboard, undo and redo, and the ink as it dries.
 *
 * In: a canvas that the user touches. Out: through `SheetEvents`, the strokes whenever they change, or the picture that
 * was laid on the sheet. Knows nothing of networks, and nothing of what is written.
 */

import { Raster } from "../imgproc/raster";
import type { Box, Dot, Pixels, Plane, Stroke, Written } from "../types";
import { History } from "./history";
import { InkCanvas } from "./ink";
import { type Nib, pressed } from "./keys";
import { Pen } from "./pen";

/** A picture that lies on the sheet instead of strokes. */
export interface Picture {
  readonly name: string;
  readonly image: ImageBitmap;
  readonly pixels: Pixels;
}

interface Content {
  readonly strokes: readonly Stroke[];
  readonly picture: Picture | null;
}

export interface SheetEvents {
  /** The ink changed; `at` is where the pen is or was last, in units of the sheet. */
  onInk(strokes: readonly Written[], at: { x: number; y: number } | null, writing: boolean): void;
  onPicture(picture: Picture): void;
  /** The picture lies elsewhere on the canvas, or is shown in another size. */
  onMoved(): void;
  /** A stroke began, ended, was undone: buttons may change, and what was said of the old ink is stale. */
  onChange(): void;
  /** The keyboard's pen moved or was lifted. */
  onNib(nib: Nib, width: number, height: number): void;
}

/** Pixels of the longer side of the plane that corrections are cut out of. */
const READ_SIDE = 480;

/** Breadth of the line as a part of the sheet's shorter side, and its bounds in CSS pixels. */
const BREADTH = 0.028;
const NARROWEST = 9;
const BROADEST = 17;

/** Room around a picture, and around ink that a smaller window would cut off, CSS pixels. */
const MARGIN = 16;

/** Touches within this many milliseconds of a pen are the hand that holds it. */
const PALM = 1500;

const EMPTY: Content = { strokes: [], picture: null };

export class Sheet {
  readonly #canvas: HTMLCanvasElement;
  readonly #events: SheetEvents;
  readonly #ink: InkCanvas;
  readonly #history = new History<Content>(EMPTY);
  #raster = new Raster(1, 1, 1);
  #width = 1;
  #height = 1;
  #scale = 1;
  #view = 1;
  #pen: Pen | null = null;
  #pointer: number | null = null;
  #penSeen = Number.NEGATIVE_INFINITY;
  #nib: Nib | null = null;
  readonly #held = new Set<string>();
  readonly #numbers = new WeakMap<Stroke, number>();
  #lastNumber = 0;

  constructor(canvas: HTMLCanvasElement, events: SheetEvents) {
    this.#canvas = canvas;
    this.#events = events;
    this.#ink = new InkCanvas(canvas);
    new ResizeObserver(() => this.#resized()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#render());
    this.#listenToPointer();
    this.#listenToKeys();
    this.#fit();
  }

  get isEmpty(): boolean {
    return this.#history.present === EMPTY && !this.#pen;
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  get hasPicture(): boolean {
    return this.#history.present.picture !== null;
  }

  /** The ink, and where a box of the sheet lies in it. */
  inkAt(box: Box): { plane: Plane; box: Box } {
    const [x, y, width, height] = box.map((side) => side * this.#scale);
    return { plane: this.#raster.plane, box: [x, y, width, height] };
  }

  undo(): void {
    this.#finish();
    this.#history.undo();
    this.#changed();
  }

  redo(): void {
    this.#finish();
    this.#history.redo();
    this.#changed();
  }

  clear(): void {
    this.#finish();
    if (this.#history.present !== EMPTY) this.#history.push(EMPTY);
    this.#changed();
  }

  /** Lays a picture on the sheet; what was there comes back by `undo`. */
  lay(picture: Picture): void {
    this.#finish();
    this.#history.push({ strokes: [], picture });
    this.#changed();
  }

  /** Reports what lies on the sheet once more, to another reader perhaps. */
  read(): void {
    this.#read(false);
  }

  /** Where a box of the sheet, or of the picture, lies on the canvas, in CSS pixels. */
  place([x, y, width, height]: Box): Box {
    const picture = this.#history.present.picture;
    if (!picture) return [x * this.#view, y * this.#view, width * this.#view, height * this.#view];
    const [left, top, wide] = this.#fitted(picture);
    const factor = wide / picture.pixels.width;
    return [left + x * factor, top + y * factor, width * factor, height * factor].map(
      (v) => v * this.#view,
    ) as unknown as Box;
  }

  /** A picture is read once, whatever the window does; ink lies on another plane then. */
  #resized(): void {
    this.#fit();
    if (this.hasPicture) this.#events.onMoved();
    else this.#read(false);
  }

  /** Takes the canvas' size; ink that would not fit is shown, and read, smaller. */
  #fit(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    if (!clientWidth || !clientHeight) return;
    const dots = this.#history.present.strokes.flat();
    const right = dots.reduce((most, dot) => Math.max(most, dot.x + dot.radius), 0);
    const bottom = dots.reduce((most, dot) => Math.max(most, dot.y + dot.radius), 0);
    this.#view = Math.min(1, clientWidth / (right + MARGIN), clientHeight / (bottom + MARGIN));
    this.#width = clientWidth / this.#view;
    this.#height = clientHeight / this.#view;
    this.#scale = Math.min(1, READ_SIDE / Math.max(this.#width, this.#height));
    this.#raster = new Raster(this.#width, this.#height, this.#scale);
    this.#render();
  }

  #changed(): void {
    this.#fit();
    this.#read(false);
    this.#events.onChange();
  }

  /** Draws everything anew. */
  #render(): void {
    const { strokes, picture } = this.#history.present;
    this.#ink.resize(this.#canvas.clientWidth, this.#canvas.clientHeight, devicePixelRatio);
    this.#ink.zoom(this.#view);
    this.#ink.colour = getComputedStyle(this.#canvas).color;
    this.#raster.clear();
    if (picture) this.#ink.picture(picture.image, ...this.#fitted(picture));
    for (const stroke of [...strokes, ...(this.#pen ? [this.#pen.stroke] : [])]) {
      this.#ink.draw(stroke);
      this.#raster.add(stroke);
    }
  }

  #fitted({ image }: Picture): [number, number, number, number] {
    const room = [this.#width - 2 * MARGIN, this.#height - 2 * MARGIN] as const;
    const scale = Math.min(room[0] / image.width, room[1] / image.height, Math.max(1, 280 / image.height));
    const [width, height] = [image.width * scale, image.height * scale];
    return [(this.#width - width) / 2, (this.#height - height) / 2, width, height];
  }

  #read(writing: boolean): void {
    const { strokes, picture } = this.#history.present;
    if (picture) {
      this.#events.onPicture(picture);
      return;
    }
    const written = strokes.map((dots) => ({ id: this.#numberOf(dots), dots }));
    // The stroke that is being drawn grows, so it is another one each time.
    if (this.#pen) written.push({ id: ++this.#lastNumber, dots: [...this.#pen.stroke] });
    const last = written.at(-1)?.dots.at(-1);
    this.#events.onInk(written, last ? { x: last.x, y: last.y } : null, writing);
  }

  #numberOf(stroke: Stroke): number {
    const number = this.#numbers.get(stroke) ?? ++this.#lastNumber;
    this.#numbers.set(stroke, number);
    return number;
  }

  #begin(): void {
    const radius = Math.min(BROADEST, Math.max(NARROWEST, BREADTH * Math.min(this.#width, this.#height))) / 2;
    if (this.#history.present.picture) {
      this.#history.push(EMPTY); // to write on a picture is to begin a new sheet; undo brings it back
      this.#changed();
    }
    this.#pen = new Pen(radius);
    this.#events.onChange();
  }

  #move(touch: { x: number; y: number; time: number; pressure: number | null }): void {
    this.#wet(this.#pen?.move(touch) ?? []);
  }

  #wet(dots: readonly Dot[]): void {
    this.#ink.draw(dots, (this.#pen?.stroke.length ?? 0) - dots.length);
    this.#raster.add(dots);
  }

  /** Ends the stroke, if one is being drawn. */
  #finish(): void {
    if (!this.#pen) return;
    this.#wet(this.#pen.lift());
    this.#history.push({ strokes: [...this.#history.present.strokes, this.#pen.stroke], picture: null });
    this.#pen = null;
    this.#pointer = null;
    this.#nib = this.#nib && { ...this.#nib, down: false };
    this.#events.onChange();
  }

  #listenToPointer(): void {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#pen || this.#isPalm(event)) return;
      document.body.classList.add("by-pointer");
      event.preventDefault(); // no selection, no text cursor
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      this.#pointer = event.pointerId;
      this.#begin();
      this.#follow(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId === this.#pointer) this.#follow(event);
    });
    for (const name of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(name, (event) => {
        if (event.pointerId !== this.#pointer) return;
        performance.mark("pointer-up");
        this.#finish();
        this.#read(false);
      });
    }
  }

  #isPalm(event: PointerEvent): boolean {
    if (event.pointerType === "pen") this.#penSeen = event.timeStamp;
    return event.pointerType === "touch" && event.timeStamp - this.#penSeen < PALM;
  }

  #follow(event: PointerEvent): void {
    const corner = this.#canvas.getBoundingClientRect();
    const each = event.getCoalescedEvents?.() ?? [];
    for (const one of each.length ? each : [event]) {
      this.#move({
        x: (one.clientX - corner.left) / this.#view,
        y: (one.clientY - corner.top) / this.#view,
        time: one.timeStamp,
        pressure: one.pointerType === "pen" && one.pressure > 0 ? one.pressure : null,
      });
    }
    this.#read(true);
  }

  #listenToKeys(): void {
    const canvas = this.#canvas;
    canvas.addEventListener("keydown", (event) => {
      document.body.classList.remove("by-pointer");
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const nib = this.#nib ?? { x: this.#width * 0.4, y: this.#height * 0.25, down: false };
      const next = pressed(nib, event.key, {
        shift: event.shiftKey,
        held: this.#held,
        width: this.#width,
        height: this.#height,
      });
      if (!next) return;
      event.preventDefault();
      if (event.key.startsWith("Arrow")) this.#held.add(event.key);
      if (this.#pointer === null) this.#nibMoved(next, event.timeStamp);
    });
    canvas.addEventListener("keyup", (event) => this.#held.delete(event.key));
    canvas.addEventListener("blur", () => {
      this.#held.clear();
      if (this.#nib?.down && this.#pointer === null)
        this.#nibMoved({ ...this.#nib, down: false }, performance.now());
    });
  }

  #nibMoved(next: Nib, time: number): void {
    if (next.down && !this.#pen) this.#begin();
    this.#nib = next;
    if (this.#pen && !next.down) this.#finish();
    // Twice, because the pen lags behind a pointer and the keyboard has no next event to catch up with.
    else if (this.#pen)
      for (const late of [0, 16, 32]) this.#move({ ...next, time: time + late, pressure: 0.55 });
    this.#read(next.down);
    this.#events.onNib(next, this.#width, this.#height);
  }
}
