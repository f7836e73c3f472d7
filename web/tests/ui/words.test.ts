import { describe, expect, test } from "vitest";
import type { Prediction } from "../../src/types";
import { aDigit, asRead, noDigit, percent, rivalOf, sentence } from "../../src/ui/words";

const prediction = (chances: Record<number, number>, unsure = false): Prediction => {
  const probabilities = Float32Array.from({ length: 10 }, (_, digit) => chances[digit] ?? 0);
  const confidence = Math.max(...probabilities);
  return { digit: probabilities.indexOf(confidence), confidence, unsure, probabilities };
};

describe("what the page says", () => {
  test("names a digit when it is sure of it, and says when that is only likely", () => {
    expect(sentence(prediction({ 8: 0.99 }))).toBe("An eight.");
    expect(sentence(prediction({ 4: 0.8, 9: 0.2 }))).toBe("A four, most likely.");
  });

  test("says unsure, and between what", () => {
    expect(sentence(prediction({ 4: 0.5, 9: 0.4 }, true))).toBe("Unsure: perhaps a four, perhaps a nine.");
    expect(sentence(prediction({ 4: 0.6, 9: 0.01 }, true))).toBe("Unsure: perhaps a four.");
    expect(sentence(prediction({ 4: 0.2, 9: 0.1 }, true))).toBe("Unsure: perhaps no digit at all.");
  });

  test("sets a digit large, with a question where it doubts", () => {
    expect(
      [prediction({ 4: 0.99 }), prediction({ 4: 0.6 }, true), prediction({ 4: 0.1 }, true)].map(asRead),
    ).toEqual(["4", "4?", "?"]);
  });

  test("never says 100 % or 0 %", () => {
    expect([0.99999, 0.9994, 0.5, 0.0006, 0.0001].map(percent)).toEqual([
      "> 99.9 %",
      "99.9 %",
      "50.0 %",
      "0.1 %",
      "< 0.1 %",
    ]);
  });

  test("knows the second, and what is left for none", () => {
    expect(rivalOf(prediction({ 0: 0.9, 6: 0.05 }))).toBe(6);
    expect(rivalOf(prediction({ 7: 1 }))).toBe(0);
    expect(noDigit(prediction({ 1: 0.25, 7: 0.5 }))).toBeCloseTo(0.25);
    expect(aDigit(8)).toBe("an eight");
  });
});
