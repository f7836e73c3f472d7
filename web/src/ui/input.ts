/**
 * A picture from outside: chosen, pasted, or dropped.
 *
 * In: files of any kind. Out: a decoded picture, or one line that says why there is none.
 */

import type { Picture } from "../drawing/sheet";
import { byId } from "./dom";
import type { Saying } from "./language";

/** Larger pictures are shrunk to this many pixels: as much as is looked at to find the writing. */
const MOST = 4_000_000;

/** Bytes of a file; a photo has some 5 million. */
const LARGEST = 40_000_000;

export interface PictureEvents {
  onPicture(picture: Picture): void;
  onRefused(why: Saying): void;
}

/** Listens for pictures, wherever they come from. */
export function listenForPictures(events: PictureEvents): void {
  const file = byId("file", HTMLInputElement);
  const paper = document.querySelector(".paper")!;
  const read = (files: FileList | undefined | null) => void first(files, events);
  byId("choose", HTMLButtonElement).addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    read(file.files);
    file.value = ""; // the same file may be chosen again
  });
  document.addEventListener("paste", (event) => read(event.clipboardData?.files));
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
    read(event.dataTransfer?.files);
  });
}

async function first(
  files: FileList | undefined | null,
  { onPicture, onRefused }: PictureEvents,
): Promise<void> {
  const file = files?.[0];
  if (!file) return;
  if (file.size > LARGEST) {
    onRefused((words) => words.fileTooLarge(file.size, LARGEST));
    return;
  }
  try {
    onPicture(await decode(file));
  } catch {
    onRefused((words) => words.noPicture);
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
