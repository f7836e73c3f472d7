import { expect, test } from "vitest";
import { thresholds } from "../../src/constants";
import { drawingReader, groupsOf } from "../../src/page/drawing";
import type { Frame, Plane, Prediction, Written } from "../../src/types";
import { stubDetector, stubLine } from "./stub";

/** A line from one place to another, drawn with a pen of radius 5. */
function stroke(id: number, x: number, y: number, toX: number, toY: number): Written {
  const steps = Math.ceil(Math.hypot(toX - x, toY - y));
  const dots = Array.from({ length: steps + 1 }, (_, i) => {
    return { x: x + ((toX - x) * i) / steps, y: y + ((toY - y) * i) / steps, radius: 5 };
  });
  return { id, dots };
}

/** A network that says 3, and counts how often it is asked. */
const classify = (frames: readonly Frame[]): Prediction[] =>
  frames.map(() => ({
    digit: 3,
    confidence: 0.9,
    unsure: false,
    probabilities: new Float32Array(10).fill(0.1),
  }));

function reader() {
  const asked: Plane[] = [];
  const detect = stubDetector(0);
  const networks = {
    detect: (picture: Plane) => {
      asked.push(picture);
      return detect(picture);
    },
    read: stubLine,
  };
  return { asked, read: drawingReader(networks, thresholds) };
}

const tall = (id: number, x: number, y = 50) => stroke(id, x, y, x, y + 100);

test("strokes that lie close together are a group, over others between too", () => {
  const ids = (strokes: readonly Written[]) =>
    groupsOf(strokes).map((group) => group.strokes.map(({ id }) => id).sort());
  expect(ids([tall(1, 50), tall(2, 100), tall(3, 300)])).toEqual([[1, 2], [3]]);
  expect(ids([tall(1, 50), tall(2, 170), tall(3, 110)])).toEqual([[1, 2, 3]]);
  expect(ids([tall(1, 50), tall(2, 50, 200)])).toEqual([[1], [2]]);
  expect(ids([tall(1, 50), stroke(2, 70, 150, 71, 150)])).toEqual([[1, 2]]); // a point behind a digit
  expect(ids([{ id: 1, dots: [] }])).toEqual([]);
});

test("a drawing without ink is blank", () => {
  const { page, frames } = reader().read([], classify);
  expect([page.lines, page.note, frames]).toEqual([[], "blank", []]);
});

test("strokes that did not change are not read again", () => {
  const { asked, read } = reader();
  const [one, other] = [tall(1, 50), tall(2, 300)];
  const first = read([one, other], classify);
  const looks = asked.length;
  expect(read([one, other], classify)).toEqual(first);
  expect(asked).toHaveLength(looks);
  read([one, other, tall(3, 340)], classify);
  expect(asked.length).toBeGreaterThan(looks);
  expect(asked.length).toBeLessThan(2 * looks);
});

test("a digit keeps its frame while another one is written beside it", () => {
  // A line recognizer that sees a 1 where ink begins.
  const line = ({ width, height, data }: Plane) => {
    const columns = width / 4;
    const row = data.subarray((height >> 1) * width, ((height >> 1) + 1) * width);
    const ink = Array.from({ length: columns }, (_, i) =>
      row.subarray(4 * i, 4 * i + 4).some((one) => one > 0.4),
    );
    const label = (place: number) => (ink[place] && !ink[place - 1] ? 1 : 17);
    const logits = Array.from({ length: columns * 18 }, (_, i) =>
      i % 18 === label(Math.floor(i / 18)) ? 9 : 0,
    );
    return { rows: 1, columns, channels: 18, data: Float32Array.from(logits) };
  };
  // A detector that sees one number, in the middle of what it is shown.
  const detect = ({ width, height }: Plane) => {
    const [rows, columns] = [height / 4, width / 4];
    const isInside = (at: number, length: number) => at > 5 && at < length - 5;
    const maps = Array.from({ length: 5 * rows * columns }, (_, i) => {
      const place = Math.floor(i / 5);
      const isNumber = isInside(place % columns, columns) && isInside(Math.floor(place / columns), rows);
      return [isNumber ? 9 : -9, -9, -9, 1, 0][i % 5];
    });
    return { rows, columns, channels: 5, data: Float32Array.from(maps) };
  };
  const read = drawingReader({ detect, read: line }, thresholds);
  const before = read([tall(1, 50), tall(2, 110)], classify).frames;
  const { page, frames: after } = read([tall(1, 50), tall(2, 110), tall(3, 170)], classify);
  expect([before.length, after.length]).toEqual([2, 3]);
  expect(after.slice(0, 2)).toEqual(before);
  // The network that knows single digits says 3, and is believed where it is the surer one, but not without doubt.
  const [number] = page.lines[0].numbers;
  expect([number.unsure, number.characters.every((one) => one.unsure)]).toEqual([true, true]);
  expect(number.text).toBe(number.characters.map((one) => (one.confidence < 0.9 ? "3" : "1")).join(""));
  // A narrow group that is in doubt is one digit for the network that knows nothing else, and is sure.
  const doubtful = drawingReader({ detect, read: line }, { ...thresholds, number: 1.1 });
  const certain = (frames: readonly Frame[]) => classify(frames).map((one) => ({ ...one, confidence: 1 }));
  const { lines } = doubtful([tall(1, 50), tall(2, 110)], certain).page;
  expect([lines[0].text, lines[0].numbers[0].unsure]).toEqual(["3", false]);
  expect(doubtful([tall(1, 50), tall(2, 110), tall(3, 170), tall(4, 230)], certain).frames).toHaveLength(4);
});

test("a group is shown to the detector at a size that suits it, however large it was written", () => {
  const { asked, read } = reader();
  read([stroke(1, 50, 50, 50, 450)], classify);
  read([stroke(2, 50, 50, 50, 90)], classify);
  for (const { width, height } of asked) expect(Math.max(width, height)).toBeLessThan(112);
});

test("numbers side by side are a line, below one another two; boxes are in units of the sheet", () => {
  const { page, frames } = reader().read([tall(1, 300), tall(2, 50), tall(3, 50, 300)], classify);
  expect(page.lines).toHaveLength(2);
  const [x, y, width, height] = page.lines[1].box;
  expect(Math.hypot(x + width / 2 - 50, y + height / 2 - 350)).toBeLessThan(50);
  const digits = page.lines.flatMap(({ numbers }) => numbers.flatMap(({ characters }) => characters));
  expect(frames).toHaveLength(digits.filter(({ text }) => /\d/.test(text)).length);
});

test("a group of which nothing is read is one glyph, in doubt where it is as wide as several", () => {
  const networks = {
    detect: stubDetector(0),
    read: () => ({ rows: 1, columns: 1, channels: 18, data: NOTHING }),
  };
  const read = drawingReader(networks, thresholds);
  const [one] = read([tall(1, 50)], classify).page.lines[0].numbers;
  expect([one.text, one.unsure, one.confidence]).toEqual(["3", false, 0.9]);
  const [wide] = read([stroke(2, 50, 50, 250, 100)], classify).page.lines[0].numbers;
  expect([wide.text, wide.unsure]).toEqual(["3", true]);
});

const NOTHING = Float32Array.from({ length: 18 }, (_, i) => (i === 17 ? 9 : 0));

test("nothing of a drawing stands on its head", () => {
  const strokes = [tall(1, 50), tall(2, 110), stroke(3, 45, 150, 115, 150)];
  const [upright, turned] = [0, Math.PI].map((angle) =>
    drawingReader({ detect: stubDetector(angle), read: stubLine }, thresholds)(strokes, classify),
  );
  expect(turned.page.lines.map(({ text }) => text)).toEqual(upright.page.lines.map(({ text }) => text));
  expect(turned.page.rotation).toBe(0);
});

test("while a stroke is being drawn, what is in doubt is not looked at again", () => {
  let looks = 0;
  const read = (strip: Plane) => {
    looks++;
    return stubLine(strip);
  };
  const strokes = [tall(1, 50), tall(2, 110), stroke(3, 45, 150, 115, 150)];
  const looksOf = (writing: boolean) => {
    looks = 0;
    drawingReader({ detect: stubDetector(0), read }, { ...thresholds, again: 1 })(strokes, classify, writing);
    return looks;
  };
  expect(looksOf(false)).toBe(3 * looksOf(true));
});
