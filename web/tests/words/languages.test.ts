import { describe, expect, test } from "vitest";
import type { Catalogue } from "../../src/words/catalogue";
import { de } from "../../src/words/de";
import { en } from "../../src/words/en";
import { LANGUAGES, languageFor } from "../../src/words/languages";

/** Spaces that do not break are spaces to a reader. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

const kinds = (words: Catalogue) =>
  Object.fromEntries(
    Object.entries(words).map(([name, value]) => [
      name,
      typeof value === "object" ? Object.keys(value).sort() : typeof value,
    ]),
  );

describe.each(Object.entries(LANGUAGES))("%s", (tag, words) => {
  test("has every text, and each says something", () => {
    expect(kinds(words)).toEqual(kinds(en));
    expect(Object.values(words).filter((value) => typeof value === "string" && !value.trim())).toEqual([]);
  });

  test("has a digit for each of ten, all different", () => {
    const digits = Array.from({ length: 10 }, (_, digit) => words.digit(digit));
    expect(new Set(digits).size).toBe(10);
    expect(digits.join(" ")).not.toContain("undefined");
  });

  test("is a language that the browser knows", () => {
    expect(Intl.NumberFormat.supportedLocalesOf([tag])).toEqual([tag]);
    expect(new Intl.DisplayNames([tag], { type: "language" }).of(tag)).toBe(words.name);
  });

  test("leaves no sentence half filled", () => {
    const said = [
      ...[0, 8].flatMap((digit) => [
        words.sure(digit),
        words.likely(digit),
        words.perhaps(digit),
        words.why(digit),
      ]),
      ...[1, 2, 12].flatMap((count) => [
        words.several(count, 0),
        words.several(count, 1),
        words.several(count, count),
        words.stored(count),
        words.neurons(count),
        words.digits(count),
      ]),
      words.turning({ adds: true, becomes: 9, probability: 0.5, unsure: true }),
      words.unit("filter", 3, "conv 1"),
      words.looksFor("neuron", 0.5),
    ].join(" ");
    expect(said).not.toMatch(/undefined|NaN|\[object|\$\{/);
  });
});

test("languages differ wherever a text stands alone", () => {
  const same = Object.keys(en).filter((name) => {
    const one = en[name as keyof Catalogue];
    return typeof one === "string" && one === de[name as keyof Catalogue];
  });
  expect(same).toEqual([]);
});

describe("whoever reads", () => {
  test.each<[string[], string | null, string]>([
    [["de-AT", "en"], null, "de"],
    [["en-GB", "de"], null, "en"],
    [["fr", "DE"], null, "de"],
    [["fr", "it"], null, "en"],
    [[], null, "en"],
    [["de"], "en", "en"],
    [["en"], "de", "de"],
    [["de"], "tlh", "de"],
    [["constructor"], "toString", "en"],
  ])("%j, having chosen %s, gets %s", (preferred, chosen, expected) => {
    expect(languageFor(preferred, chosen)).toBe(expected);
  });
});

describe("numbers", () => {
  test("are never 100 % or 0 %", () => {
    const probabilities = [0.99999, 0.9994, 0.5, 0.0006, 0.0001];
    expect(probabilities.map(en.percent)).toEqual(["> 99.9%", "99.9%", "50.0%", "0.1%", "< 0.1%"]);
    expect(probabilities.map(de.percent).map(plain)).toEqual([
      "> 99,9 %",
      "99,9 %",
      "50,0 %",
      "0,1 %",
      "< 0,1 %",
    ]);
  });

  test("are written as the language writes them", () => {
    expect(en.facts(109386, 0.9953)).toBe("109,386 weights; reads 99.53% of MNIST's test digits right");
    expect(plain(de.facts(109386, 0.9953))).toBe(
      "109.386 Gewichte; liest 99,53 % der Testziffern von MNIST richtig",
    );
    expect(en.fileTooLarge(50e6, 40e6)).toBe("That file is too large: 50 MB, at most 40 MB.");
    expect(de.activation(3, 1.5)).toBe("Neuron 3, Aktivierung 1,50");
  });

  test("go with the right form of a word", () => {
    expect([1, 2].map(en.stored)).toEqual(["1 drawing kept here:", "2 drawings kept here:"]);
    expect([1, 2].map(de.stored)).toEqual(["1 Zeichnung hier aufbewahrt:", "2 Zeichnungen hier aufbewahrt:"]);
    expect([en.several(2, 1), en.several(12, 12)]).toEqual([
      "Two digits, unsure of one.",
      "12 digits, unsure of all.",
    ]);
    expect([de.several(2, 1), de.several(3, 0)]).toEqual([
      "Zwei Ziffern, davon eine unsicher.",
      "Drei Ziffern, alle sicher.",
    ]);
  });
});
