import { describe, it } from "vitest";
import { piecesOf } from "../../src/page/components";
import { pageOf } from "../../src/page/numbers";
import { readRows, withoutStains, writtenRows } from "../../src/page/rows";
import { readPicture } from "../../src/page/segment";
import type { Page, Plane } from "../../src/types";
import { expectPage } from "./answers";
import { classify, exampleOf, greyOf, inkOf, reading } from "./reading";

/** What `readPicture` does once the ink of an upright page is found. */
function readPage(ink: Plane): Page {
  const rows = writtenRows(piecesOf(ink), ink);
  const given = { width: ink.width, height: ink.height, turn: 0, scale: 1 };
  return pageOf(withoutStains(readRows(rows, classify)), given, rows.length ? "no digits" : "blank");
}

describe("ink of a page", () => {
  it.each(reading.planes)("is read as the package reads it: $name", (plane) => {
    expectPage(readPage(inkOf(plane)), plane, { pixels: 0, confidence: 1e-3 });
  });
});

describe("a picture", () => {
  it.each(reading.pictures)("is read as the package reads it: $name", (picture) => {
    expectPage(readPicture(greyOf(picture), classify), picture, { pixels: 0, confidence: 1e-3 });
  });

  it.each(reading.examples)("is read as the package reads it: $file", (example) => {
    expectPage(readPicture(exampleOf(example), classify), example, { pixels: 0, confidence: 1e-3 });
  });
});
