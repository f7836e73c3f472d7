import { expect, test } from "vitest";
import { singleDigit } from "../../src/page/numbers";
import { pageOfOne } from "../../src/page/reading";
import { readInAnyTurn, turnedBack, turnedBy } from "../../src/page/turning";
import type { Box } from "../../src/types";

const grey = { width: 3, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
const pageAt = (box: Box, unsure = false, confidence = unsure ? 0.4 : 0.9) =>
  pageOfOne({
    ...singleDigit({ digit: 7, confidence, unsure, probabilities: new Float32Array(10) }, box),
    text: "1234567890123",
  });

test("a picture is turned clockwise", () => {
  expect(turnedBy(grey, 1)).toEqual({ width: 2, height: 3, data: Uint8Array.of(4, 1, 5, 2, 6, 3) });
  expect([...turnedBy(grey, 2).data]).toEqual([6, 5, 4, 3, 2, 1]);
  expect(turnedBy(turnedBy(grey, 3), 1)).toEqual(grey);
});

test("a box comes back to the pixel that it was on", () => {
  for (const turns of [1, 2, 3]) {
    const { width, data } = turnedBy(grey, turns);
    const at = data.indexOf(6);
    const back = turnedBack(pageAt([at % width, Math.floor(at / width), 1, 1]), turns, grey);
    expect(back.lines[0].numbers[0].characters[0].box).toEqual([2, 1, 1, 1]);
    expect(back.rotation).toBe(90 * turns);
  }
});

test("a page that is sure is read once, one in doubt in all turns", () => {
  let reads = 0;
  const sure = readInAnyTurn(grey, () => {
    reads++;
    return pageAt([0, 0, 1, 1]);
  });
  expect([reads, sure.rotation]).toEqual([1, 0]);
  const turned = readInAnyTurn(grey, ({ width, data }) => pageAt([0, 0, width, 1], data[0] !== 6));
  expect([turned.rotation, turned.lines[0].box]).toEqual([180, [0, 1, 3, 1]]);
  expect(readInAnyTurn(grey, () => pageAt([0, 0, 1, 1], true)).rotation).toBe(0);
  const little = readInAnyTurn(grey, ({ data }) =>
    pageAt([0, 0, 1, 1], data[0] !== 6, data[0] === 6 ? 0.55 : 0.4),
  );
  expect(little.rotation).toBe(0); // not half as much again
});
