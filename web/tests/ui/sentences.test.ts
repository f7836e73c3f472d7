import { describe, expect, test } from "vitest";
import type { Prediction, ReadDigit } from "../../src/types";
import { asRead, asSeen, noDigit, rivalOf } from "../../src/ui/prediction";
import { sentence, summary } from "../../src/ui/sentences";
import { de } from "../../src/words/de";
import { en } from "../../src/words/en";

const prediction = (shares: Record<number, number>, unsure = false): Prediction => {
  const probabilities = Float32Array.from({ length: 10 }, (_, digit) => shares[digit] ?? 0);
  const confidence = Math.max(...probabilities);
  return { digit: probabilities.indexOf(confidence), confidence, unsure, probabilities };
};

const seen = (prediction: Prediction, text = String(prediction.digit)): ReadDigit => {
  const { confidence, unsure } = prediction;
  const character = { text, confidence, unsure, box: [0, 0, 1, 1] as const };
  return { character, unsure, frame: new Float32Array(784), prediction };
};

describe("what the page says", () => {
  test("names a digit when it is sure of it, and says when that is only likely", () => {
    expect(sentence(prediction({ 8: 0.99 }), en)).toBe("An eight.");
    expect(sentence(prediction({ 4: 0.8, 9: 0.2 }), en)).toBe("A four, most likely.");
    expect(sentence(prediction({ 4: 0.8, 9: 0.2 }), de)).toBe("Wahrscheinlich eine Vier.");
  });

  test("says unsure, and between what", () => {
    expect(sentence(prediction({ 4: 0.5, 9: 0.4 }, true), en)).toBe(
      "Unsure: perhaps a four, perhaps a nine.",
    );
    expect(sentence(prediction({ 4: 0.6, 9: 0.01 }, true), en)).toBe("Unsure: perhaps a four.");
    expect(sentence(prediction({ 4: 0.2, 9: 0.1 }, true), de)).toBe("Unsicher: vielleicht gar keine Ziffer.");
  });

  test("sums up several digits", () => {
    const [sure, unsure] = [seen(prediction({ 4: 0.99 })), seen(prediction({ 4: 0.6 }, true))];
    expect(summary([sure], en)).toBe("A four.");
    expect(summary([sure, unsure, sure], en)).toBe("Three digits, unsure of one.");
  });

  test("sets a digit large, with a question where it doubts", () => {
    expect(
      [prediction({ 4: 0.99 }), prediction({ 4: 0.6 }, true), prediction({ 4: 0.1 }, true)].map(asRead),
    ).toEqual(["4", "4?", "?"]);
  });

  test("of several digits sets each as it was read, and none only where it doubts", () => {
    expect(asSeen(seen(prediction({ 4: 0.1 }), "7"))).toBe("7");
    expect(asSeen(seen(prediction({ 4: 0.6 }, true), "7"))).toBe("7?");
    expect(asSeen(seen(prediction({ 4: 0.1 }, true), "7"))).toBe("?");
  });

  test("knows the second, and what is left for none", () => {
    expect(rivalOf(prediction({ 0: 0.9, 6: 0.05 }))).toBe(6);
    expect(rivalOf(prediction({ 7: 1 }))).toBe(0);
    expect(noDigit(prediction({ 1: 0.25, 7: 0.5 }))).toBeCloseTo(0.25);
  });
});
