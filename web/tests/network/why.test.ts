import { describe, expect, it } from "vitest";
import type { Network } from "../../src/network/network";
import { predictionOf } from "../../src/network/recognizer";
import { marked, markOf } from "../../src/network/strokes";
import { between, explaining } from "../../src/network/why";
import type { Frame } from "../../src/types";
import { frames, index, open } from "./fixtures";

const network = open("mlp");

function predict(asked: Network, frame: Frame): ReturnType<typeof predictionOf> {
  return predictionOf(asked.card, asked.run(frame).probabilities);
}

/** The digit that comes second. */
function rivalOf(digit: number, probabilities: Float32Array): number {
  const others = probabilities.with(digit, -1);
  return others.indexOf(Math.max(...others));
}

describe("turning", () => {
  it("is true: the frame with that stroke is read so", () => {
    let turned = 0;
    for (const frame of frames.slice(0, 30)) {
      const { digit, probabilities } = predict(network, frame);
      const { turning } = between(network, frame, digit, rivalOf(digit, probabilities));
      if (!turning) continue;
      turned++;
      const after = predict(network, marked(frame, markOf(turning.stroke)));
      expect(after.digit).toBe(turning.becomes);
      expect(after.confidence).toBe(turning.probability);
      expect(after.unsure).toBe(turning.unsure);
    }
    expect(turned).toBeGreaterThan(10);
  });

  it("lies around its stroke", () => {
    for (const frame of frames.slice(0, 10)) {
      const { digit, probabilities } = predict(network, frame);
      const { turning } = between(network, frame, digit, rivalOf(digit, probabilities));
      if (!turning) continue;
      const [x0, y0, x1, y1] = turning.stroke.ends;
      for (const [x, y] of [
        [x0, y0],
        [x1, y1],
      ]) {
        expect(Math.hypot(x - turning.x, y - turning.y)).toBeLessThan(turning.radius);
      }
    }
  });

  it.runIf(index.data === "mnist").each(["cnn", "mlp"])("of a 4 into a 9 closes its top: %s", (name) => {
    const four = frames[4]; // a 4 whose arms stand open
    const { turning, evidence } = between(open(name), four, 4, 9);
    expect(turning).toMatchObject({ adds: true, becomes: 9 });
    expect(turning!.y).toBeLessThan(11);
    // and of all paper, that between the arms speaks most for a 4; of the ink, only the corner of the bar may say more
    const paper = evidence.map((value, at) => (four[at] < 0.5 ? value : Number.NEGATIVE_INFINITY));
    const most = Math.max(...paper);
    expect(Math.floor(paper.indexOf(most) / 28)).toBeLessThan(11);
    expect(most).toBeGreaterThan(0.9 * Math.max(...evidence));
  });
});

describe("evidence", () => {
  it("turns its sign with the question", () => {
    const one = between(network, frames[4], 4, 9).evidence;
    const other = between(network, frames[4], 9, 4).evidence;
    one.forEach((value, i) => {
      expect(value).toBeCloseTo(-other[i], 5);
    });
  });

  it("is finite, also for paper and for a blot", () => {
    for (const ink of [0, 1]) {
      const { evidence } = between(network, new Float32Array(784).fill(ink), 1, 7);
      expect(evidence.every(Number.isFinite)).toBe(true);
    }
  });

  it("says nothing where nothing was tried", () => {
    expect(Math.abs(between(network, frames[4], 4, 9).evidence[0])).toBe(0);
  });
});

it("runs the network a bounded number of times, one at a step", () => {
  let runs = 0;
  const counted: Network = {
    ...network,
    run: (frame) => {
      runs++;
      return network.run(frame);
    },
  };
  let steps = 0;
  const trials = explaining(counted, frames[0], 7, 9);
  for (let step = trials.next(); !step.done; step = trials.next()) {
    steps++;
    expect(runs).toBe(steps + 1);
  }
  expect(runs).toBeLessThanOrEqual(1 + 98 + 60);
});

it("leaves the frame as it is", () => {
  const frame = frames[0].slice();
  between(network, frame, 7, 9);
  expect(frame).toEqual(frames[0]);
});

it("has no answer to why a 4 and not a 4", () => {
  expect(() => between(network, frames[4], 4, 4)).toThrow(RangeError);
});
