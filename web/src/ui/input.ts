/**
 * A picture from outside: chosen, pasted, or dropped.
 *
 * In: files of any kind. Out: a decoded picture, or one line that says why there is none.
 */

import type { Picture } from "../drawing/sheet";
import { byId } from "./dom";

/** Larger pictures are shrunk to this many pixels: as much as is looked at to find the writing. */
const MOST = 4_000_000;

/** Bytes of a file; a photo has some 5 million. */
const LARGEST = 40_000_000;

export interface Taken {
  onPicture(picture: Picture): void;
  onRefused(why: string): void;
}

/** Listens for pictures, wherever they come from. */
export function takePictures(taken: Taken): void {
  const file = byId("file", HTMLInputElement);
  const paper = document.querySelector(".paper")!;
  const take = (files: FileList | undefined | null) => void first(files, taken);
  byId("take", HTMLButtonElement).addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    take(file.files);
    file.value = ""; // the same file may be chosen again
  });
  document.addEventListener("paste", (event) => take(event.clipboardData?.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    paper.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) paper.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    paper.classList.remove("over");
    take(event.dataTransfer?.files);
  });
}

async function first(files: FileList | undefined | null, { onPicture, onRefused }: Taken): Promise<void> {
  const file = files?.[0];
  if (!file) return;
  if (file.size > LARGEST) {
    onRefused(`That file is too large: ${Math.round(file.size / 1e6)} MB, at most ${LARGEST / 1e6} MB.`);
    return;
  }
  try {
    onPicture(await decode(file));
  } catch {
    onRefused("That file is no picture that this browser can open.");
  }
}

/** Decodes upright, on white where it is transparent. */
async function decode(file: File): Promise<Picture> {
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, Math.sqrt(MOST / (whole.width * whole.height)));
  const [width, height] = [
    Math.max(1, Math.round(whole.width * scale)),
    Math.max(1, Math.round(whole.height * scale)),
  ];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  return { name: file.name, image: await createImageBitmap(canvas), pixels };
}
