import { describe, expect, it } from "vitest";
import {
  argmax,
  expectedLayers,
  expectedOutputs,
  frames,
  index,
  largestDifference,
  networks,
  open,
  shipped,
} from "./fixtures";

describe.each(networks)("$name", (fixture) => {
  const network = open(fixture.name);
  const expected = expectedOutputs(fixture);
  const runs = frames.map((frame) => network.run(frame));

  it("answers as Keras does", () => {
    runs.forEach(({ probabilities }, i) => {
      expect(largestDifference(probabilities, expected[i])).toBeLessThanOrEqual(1e-5);
    });
  });

  it("sees the same class in every image, unless two are as likely", () => {
    runs.forEach(({ probabilities }, i) => {
      const [ours, theirs] = [argmax(probabilities), argmax(expected[i])];
      expect(expected[i][theirs] - expected[i][ours]).toBeLessThanOrEqual(1e-6);
    });
  });

  it("has Keras' values in every layer", () => {
    const values = expectedLayers(fixture);
    const found = network.layers.filter(({ name }) => values.has(name)).map(({ name }) => name);
    const missing = fixture.layers.filter(({ name }) => !found.includes(name));
    // Flattening what is flat already, which TensorFlow.js does not take, is not exported.
    expect(missing.filter(({ name }) => !name.startsWith("flatten"))).toEqual([]);
    network.layers.forEach(({ name }, layer) => {
      values.get(name)?.forEach((theirs, i) => {
        const size = Math.max(
          1,
          theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
        );
        expect(largestDifference(runs[i].activations[layer], theirs) / size, name).toBeLessThanOrEqual(1e-5);
      });
    });
  });

  it("says the shapes that Keras says", () => {
    const shapes = new Map(network.layers.map(({ name, outputShape }) => [name, outputShape]));
    for (const { name, shape } of fixture.layers)
      if (shapes.has(name)) expect(shapes.get(name)).toEqual(shape);
  });
});

describe.each(shipped)("shipped $name", ({ name }) => {
  const network = open(name);

  it.runIf(index.data === "mnist")("reads MNIST's digits", () => {
    const right = index.labels.filter((label, i) => label === argmax(network.run(frames[i]).probabilities));
    expect(right.length).toBeGreaterThanOrEqual(198);
  });

  it("keeps a run true when the frame is drawn on", () => {
    const frame = frames[0].slice();
    const run = network.run(frame);
    frame.fill(1);
    expect(run.frame).toEqual(frames[0]);
    expect(run.activations[0]).toEqual(frames[0]);
  });

  it.each([0, 783, 785])("refuses a frame of %i values", (length) => {
    expect(() => network.run(new Float32Array(length))).toThrow(RangeError);
  });
});
