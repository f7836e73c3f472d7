import { expect, test } from "vitest";
import { BadModel } from "../../../src/network/json";
import { bytesOf, messageOf, messagesOf, numbersOf, textsOf } from "../../../src/network/onnx/protobuf";
import { message, varint } from "./fixtures";

test("numbers, texts and messages come back", () => {
  const inner = message([1, "seven"], [2, 300]);
  const read = messageOf(message([3, inner], [3, inner], [4, 2 ** 40]), "test");
  const [first] = messagesOf(read, 3, "test");
  expect(messagesOf(read, 3, "test")).toHaveLength(2);
  expect(textsOf(first, 1, "test")).toEqual(["seven"]);
  expect(numbersOf(first, 2, "test")).toEqual([300]);
  expect(numbersOf(read, 4, "test")).toEqual([2 ** 40]);
  expect(numbersOf(read, 9, "test")).toEqual([]);
});

test("packed numbers are as good as single ones", () => {
  const packed = Uint8Array.from([1, 300, 5].flatMap(varint));
  expect(numbersOf(messageOf(message([1, packed], [1, 7]), "test"), 1, "test")).toEqual([1, 300, 5, 7]);
});

test("a fixed field is passed over", () => {
  const bytes = Uint8Array.of(1 * 8 + 5, 0, 0, 128, 63, 2 * 8, 9);
  expect(numbersOf(messageOf(bytes, "test"), 2, "test")).toEqual([9]);
});

const BROKEN: Readonly<Record<string, number[]>> = {
  "ends in a number": [8, 128],
  "ends in bytes": [10, 5, 1, 2],
  "has a field of an unknown kind": [11, 1],
  "has a number that is too large": [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
};

for (const [what, bytes] of Object.entries(BROKEN)) {
  test(`a message that ${what} is refused`, () => {
    expect(() => messageOf(Uint8Array.from(bytes), "test")).toThrow(BadModel);
  });
}

test("a number where bytes are due is refused", () => {
  expect(() => bytesOf(messageOf(message([1, 5]), "test"), 1, "test")).toThrow(BadModel);
});
