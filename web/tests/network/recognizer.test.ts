import { describe, expect, it } from "vitest";
import type { Network } from "../../src/network/network";
import { calibrated, predictionOf, recognizer } from "../../src/network/recognizer";
import { frames, largestDifference, open, shipped } from "./fixtures";

describe.each(shipped)("$name", ({ name, predictions = [] }) => {
  it("says what the package's recognizer says", () => {
    const said = recognizer(open(name)).classify(frames);
    expect(said.length).toBe(predictions.length);
    said.forEach((ours, i) => {
      const theirs = predictions[i];
      expect([ours.digit, ours.unsure]).toEqual([theirs.digit, theirs.unsure]);
      expect(Math.abs(ours.confidence - theirs.confidence)).toBeLessThanOrEqual(1e-5);
      expect(largestDifference(ours.probabilities, theirs.probabilities)).toBeLessThanOrEqual(1e-5);
    });
  });

  it("is unsure of something that is no digit", () => {
    expect(predictions.filter(({ unsure }) => unsure).length).toBeGreaterThan(3);
  });
});

describe("recognizer", () => {
  /** A network that counts how often it is run. */
  function counting(): { network: Network; runs: () => number } {
    const network = open("mlp");
    let runs = 0;
    const run: Network["run"] = (frame) => {
      runs++;
      return network.run(frame);
    };
    return { network: { ...network, run }, runs: () => runs };
  }

  it("computes only what changed", () => {
    const { network, runs } = counting();
    const { classify } = recognizer(network);
    const first = classify(frames.slice(0, 3));
    const second = classify([frames[0], frames[3], frames[2]]);
    expect(runs()).toBe(4);
    expect(second[0]).toBe(first[0]);
    expect(second[2]).toBe(first[2]);
  });

  it("knows a frame by its content", () => {
    const { network, runs } = counting();
    const { classify } = recognizer(network);
    const frame = frames[0].slice();
    const [before] = classify([frame]);
    frame[400] = 1 - frame[400] + 2 ** -20;
    const [after] = classify([frame]);
    expect(runs()).toBe(2);
    expect(after.probabilities).not.toEqual(before.probabilities);
    expect(after.probabilities).toEqual(recognizer(open("mlp")).classify([frame])[0].probabilities);
  });

  it("takes a frame that is part of a larger array", () => {
    const whole = new Float32Array(3 * 784);
    whole.set(frames[5], 784);
    const { classify } = recognizer(open("mlp"));
    expect(classify([whole.subarray(784, 1568)])).toEqual(classify([frames[5]]));
  });

  it("forgets what it has not seen for long", () => {
    const { network, runs } = counting();
    const { classify } = recognizer(network);
    const many = Array.from({ length: 300 }, (_, i) => frames[0].map((ink) => ink * (1 - i / 1000)));
    classify(many);
    classify(many.slice(-200));
    expect(runs()).toBe(300);
    classify(many.slice(0, 10));
    expect(runs()).toBe(310);
  });

  it("has nothing to say of nothing", () => {
    expect(recognizer(open("mlp")).classify([])).toEqual([]);
  });
});

describe("calibrated", () => {
  it("leaves probabilities as they are at the temperature 1", () => {
    expect(largestDifference(calibrated(Float32Array.of(0.2, 0.3, 0.5), 1), [0.2, 0.3, 0.5])).toBeLessThan(
      1e-7,
    );
  });

  it("squares the odds at the temperature 1/2", () => {
    expect(largestDifference(calibrated(Float32Array.of(0.2, 0.8), 0.5), [1 / 17, 16 / 17])).toBeLessThan(
      1e-7,
    );
  });

  it.each([1e-310, 1e-3, 1, 1e300])("adds up to 1 at the temperature %d, also with a 0", (temperature) => {
    const classes = calibrated(Float32Array.of(0, 1, 0), temperature);
    expect(classes.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 6);
  });
});

describe("predictionOf", () => {
  const card = { ...open("mlp").card, temperature: 1, threshold: 0.5 };
  const outputs = (...pairs: readonly [number, number][]): Float32Array => {
    const classes = new Float32Array(11);
    for (const [k, p] of pairs) classes[k] = p;
    return classes;
  };

  it("is sure above the threshold", () => {
    expect(predictionOf(card, outputs([7, 0.6], [1, 0.4]))).toMatchObject({ digit: 7, unsure: false });
  });

  it("is unsure below it", () => {
    expect(predictionOf(card, outputs([7, 0.4], [1, 0.3], [2, 0.3]))).toMatchObject({
      digit: 7,
      unsure: true,
    });
  });

  it("is unsure where no digit is likelier", () => {
    const said = predictionOf({ ...card, threshold: 0.1 }, outputs([7, 0.4], [10, 0.6]));
    expect(said).toMatchObject({ digit: 7, unsure: true });
    expect(said.probabilities.length).toBe(10);
    expect(said.confidence).toBeCloseTo(0.4, 6);
  });
});
