/**
 * The card of a model: what it says about itself.
 *
 * In: the object under "inkdigit" in `userDefinedMetadata`. Out: a `Card`, every field of it checked by the rules that
 * the Python package holds to (`inkdigit.card`).
 */

import { asFields, asFlag, asNumber, asText, asWhole, type Fields, field, refuse, shown } from "./json";

export interface Card {
  readonly name: string;
  /** Number of trained weights. */
  readonly parameters: number;
  /** Log-probabilities are divided by this before a confidence is read; above 0. */
  readonly temperature: number;
  /** A calibrated confidence below this is called unsure. */
  readonly threshold: number;
  /** Whether the two were fitted on held-out images. */
  readonly calibrated: boolean;
  readonly trainingData: string;
  readonly trainingDataSha256: string;
  /** Fraction of the test images read rightly; null if not measured. */
  readonly testAccuracy: number | null;
  readonly packageVersion: string;
  /** A character for each output: "0123456789", and "-" where the eleventh stands for no digit. */
  readonly classes: string;
}

export const DIGITS = 10;
const CLASSES = ["0123456789", "0123456789-"];

/** @throws BadModel A field is missing, or has a value that no card has. */
export function readCard(value: unknown): Card {
  const card = asFields(value, "card");
  same(card, "format", 1);
  same(card, "framing", 1);
  const temperature = asNumber(field(card, "temperature"), "card temperature", 0);
  if (temperature === 0) refuse("card temperature", "expected a number above 0, got 0");
  const accuracy = field(card, "test_accuracy");
  const classes = asText(field(card, "classes"), "card classes");
  if (!CLASSES.includes(classes))
    refuse("card classes", `expected ${CLASSES.join(" or ")}, got ${shown(classes)}`);
  return {
    name: asText(field(card, "name"), "card name"),
    parameters: asWhole(field(card, "parameters"), "card parameters", 0, 2 ** 53),
    temperature,
    threshold: asNumber(field(card, "threshold"), "card threshold", 0, 1),
    calibrated: asFlag(field(card, "calibrated"), "card calibrated"),
    trainingData: asText(field(card, "training_data"), "card training_data"),
    trainingDataSha256: asText(field(card, "training_data_sha256"), "card training_data_sha256"),
    testAccuracy: accuracy === null ? null : asNumber(accuracy, "card test_accuracy", 0, 1),
    packageVersion: asText(field(card, "package_version"), "card package_version"),
    classes,
  };
}

function same(card: Fields, name: string, version: number): void {
  const value = field(card, name);
  if (value !== version) refuse(`card ${name}`, `this page reads ${version}, got ${shown(value)}`);
}
