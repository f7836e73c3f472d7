/**
 * The page: ink from the sheet goes to the worker, what it reads goes to the margin and to the network below.
 */

import "./style/theme.css";
import "./style/page.css";
import { Sheet } from "./drawing/sheet";
import { Client, Latest, Unanswered } from "./reading/client";
import type { ModelInfo, Reading } from "./reading/messages";
import { Answer } from "./ui/answer";
import { Corrections } from "./ui/correct";
import { byId } from "./ui/dom";
import { listenForPictures } from "./ui/input";
import { beginToSpeak } from "./ui/language";
import { NetworkAtWork } from "./ui/network";
import { keepOffline, takeNewFiles } from "./ui/offline";
import { Probabilities } from "./ui/probabilities";
import { Readers } from "./ui/readers";

beginToSpeak(() => showAgain());

const client = new Client();
const latest = new Latest();
const models = new Map<string, ModelInfo>();
let model = "";
let reading: Reading | null = null;

/** Milliseconds between two readings while the pen is down: when it is lifted, the worker is likely free. */
const GLANCE = 100;
let nextGlance = 0;

const answer = new Answer((digit) => void choose(digit));
const probabilities = new Probabilities();
const readers = new Readers((name) => switchTo(name));
const corrections = new Corrections();
const atWork = new NetworkAtWork(client);
const sheet = new Sheet(byId("sheet", HTMLCanvasElement), {
  onInk: (strokes, at, writing) => {
    if (!model || (writing && performance.now() < nextGlance)) return;
    nextGlance = performance.now() + GLANCE;
    latest
      .do(async () => {
        show(sheet.isEmpty ? null : await client.ask("ink", { strokes, model, at, writing }));
        if (!writing) measure();
      })
      .catch(failed);
  },
  onPicture: ({ pixels }) => {
    if (!model) return;
    answer.say((words) => words.readingPicture);
    latest
      .do(async () => {
        const read = await client.ask("picture", { pixels, model });
        if (sheet.hasPicture) show(read); // it may have been cleared meanwhile
      })
      .catch(failed);
  },
  onMoved: () => reading && show(reading),
  onChange: () => refresh(),
  onNib: (nib, width, height) => {
    const ring = byId("nib", HTMLDivElement);
    ring.hidden = false;
    ring.classList.toggle("down", nib.down);
    ring.style.left = `${(100 * nib.x) / width}%`;
    ring.style.top = `${(100 * nib.y) / height}%`;
  },
});

function show(read: Reading | null): void {
  reading = read;
  const chosen = read?.digits[read.chosen];
  if (read) answer.show(read, (box) => sheet.place(box));
  else answer.say(null);
  probabilities.show(chosen?.prediction ?? null);
  readers.show(read?.others ?? {});
  atWork.show(chosen && read?.look ? { frame: chosen.frame, look: read.look } : null);
  corrections.offer(chosen && !sheet.hasPicture ? sheet.inkAt(chosen.character.box) : null);
}

/** What nobody foresaw: said in one line, and the next stroke begins anew. */
function failed(error: unknown): void {
  console.error(error);
  answer.say((words) => words.fault);
}

/** A network that cannot be had. */
function failedToOpen(error: unknown): void {
  console.error(error);
  const isBad = error instanceof Unanswered && error.kind === "bad-model";
  answer.say((words) => (isBad ? words.badModel : words.unreachable));
}

/** Looks at another digit of what was read. */
async function choose(number: number): Promise<void> {
  if (!reading) return;
  const { frame } = reading.digits[number]!;
  const look = await client.ask("look", { frame, model });
  show({ ...reading, chosen: number, look });
}

function switchTo(name: string): void {
  model = name;
  atWork.open(models.get(name)!);
  sheet.read();
}

function refresh(): void {
  byId("undo", HTMLButtonElement).disabled = !sheet.canUndo;
  byId("redo", HTMLButtonElement).disabled = !sheet.canRedo;
  byId("clear", HTMLButtonElement).disabled = sheet.isEmpty;
  document.body.classList.toggle("written", !sheet.isEmpty);
  document.body.classList.toggle("on-picture", sheet.hasPicture);
}

function measure(): void {
  if (performance.getEntriesByName("pointer-up").length) performance.measure("answer", "pointer-up");
  performance.clearMarks("pointer-up");
}

function listen(): void {
  byId("undo", HTMLButtonElement).addEventListener("click", () => sheet.undo());
  byId("redo", HTMLButtonElement).addEventListener("click", () => sheet.redo());
  byId("clear", HTMLButtonElement).addEventListener("click", () => sheet.clear());
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLSelectElement) return; // Escape closes its list
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (key === "escape") sheet.clear();
    else if (control && (key === "y" || (key === "z" && event.shiftKey))) sheet.redo();
    else if (control && key === "z") sheet.undo();
    else return;
    event.preventDefault();
  });
  listenForPictures({ onPicture: (picture) => sheet.lay(picture), onRefused: (why) => answer.say(why) });
}

/** Opens the networks one after the other; the first is ready to answer before the second is fetched. */
async function openModels(): Promise<void> {
  const index = (await (await fetch("./models/index.json")).json()) as {
    models: { name: string; path: string }[];
  };
  const [line, detector] = ["line", "detector"].map((name) => addressOf(`pages/${name}.onnx`));
  const pages = client.ask("pages", { line, detector });
  for (const { name, path } of index.models) {
    const url = addressOf(`${path}model.json`);
    const info = await client.ask("open", { name, url });
    models.set(name, info);
    readers.add(info);
    if (!model) {
      answer.say(null);
      switchTo(name);
    }
  }
  await pages;
  sheet.read();
}

function addressOf(path: string): string {
  return new URL(path, document.baseURI).href;
}

/** Shows in another language what is on the page now. */
function showAgain(): void {
  corrections.sayAgain();
  if (model) atWork.open(models.get(model)!);
  if (reading) show(reading);
  else answer.sayAgain();
}

takeNewFiles(byId("offline", HTMLSpanElement), () => sheet.isEmpty);
listen();
refresh();
answer.say((words) => words.loading);
openModels()
  .then(() => keepOffline(byId("offline", HTMLSpanElement)))
  .catch(failedToOpen);
