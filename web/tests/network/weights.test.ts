import { describe, expect, it } from "vitest";
import { readWeights } from "../../src/network/weights";

function only(entry: object, bytes: ArrayBuffer): Float32Array | undefined {
  const weights = [{ name: "a/kernel", dtype: "float32", ...entry }];
  return readWeights({ weightsManifest: [{ paths: ["a.bin"], weights }] }, bytes).get("a/kernel")?.data;
}

describe("readWeights", () => {
  it("cuts the bytes in the order of the manifest", () => {
    const weights = [
      { name: "a/kernel", dtype: "float32", shape: [1, 2] },
      { name: "b/kernel", dtype: "float32", shape: [3], quantization: { dtype: "uint8", min: 0, scale: 1 } },
      { name: "c/kernel", dtype: "float32", shape: [1] },
    ];
    const bytes = new Uint8Array(15);
    bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 0);
    bytes.set([7, 8, 9], 8);
    bytes.set(new Uint8Array(Float32Array.of(0.25).buffer), 11); // not on a boundary of four bytes
    const read = readWeights({ weightsManifest: [{ paths: ["a.bin"], weights }] }, bytes.buffer);
    expect([...read].map(([name, { data }]) => [name, ...data])).toEqual([
      ["a/kernel", 1.5, -2],
      ["b/kernel", 7, 8, 9],
      ["c/kernel", 0.25],
    ]);
  });

  it.each([
    ["uint8", Uint8Array.of(0, 1, 255), 255],
    ["uint16", Uint16Array.of(0, 1, 65535), 65535],
  ])("scales %s", (dtype, steps, most) => {
    const quantization = { dtype, min: -1, scale: 2 / most };
    const data = only({ shape: [3], quantization }, steps.buffer as ArrayBuffer);
    expect(data).toEqual(Float32Array.of(-1, -1 + 2 / most, 1));
  });

  // Bit patterns and values of IEEE 754: a sign, 5 bits of exponent, 10 of fraction.
  it.each([
    [0x0000, 0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3bff, 0.99951171875],
    [0x3c00, 1],
    [0x3c01, 1.0009765625],
    [0x7bff, 65504],
    [0xc000, -2],
  ])("reads the half-precision number %i", (bits, value) => {
    expect(only({ shape: [1], quantization: { dtype: "float16" } }, Uint16Array.of(bits).buffer)).toEqual(
      Float32Array.of(value),
    );
  });

  it.each([0x7c00, 0xfc00, 0x7e00])("refuses the half-precision number %i, which is none", (bits) => {
    const read = (): unknown =>
      only({ shape: [1], quantization: { dtype: "float16" } }, Uint16Array.of(bits).buffer);
    expect(read).toThrow("not finite");
  });
});
