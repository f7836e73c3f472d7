/**
 * The card of a model: what it says about itself.
 *
 * In: the object under "inkdigit" in `userDefinedMetadata`. Out: a `Card`, every field of it checked by the rules that
 * the Python package holds to (`inkdigit.formats.card`).
 */

import { card } from "../constants";
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

const { NEWEST_FORMAT, FRAMING, LARGEST_COUNT } = card;
const CLASSES: readonly string[] = card.CLASSES;
export const DIGITS = card.DIGITS.length;

/** @throws BadModel A field is missing, or has a value that no card has. */
export function readCard(value: unknown): Card {
  const fields = asFields(value, "card");
  same(fields, "format", NEWEST_FORMAT);
  same(fields, "framing", FRAMING);
  const temperature = asNumber(field(fields, "temperature"), "card temperature", 0);
  if (temperature === 0) refuse("card temperature", "expected a number above 0, got 0");
  const accuracy = field(fields, "test_accuracy");
  const classes = asText(field(fields, "classes"), "card classes");
  if (!CLASSES.includes(classes))
    refuse("card classes", `expected ${CLASSES.join(" or ")}, got ${shown(classes)}`);
  return {
    name: asText(field(fields, "name"), "card name"),
    parameters: asWhole(field(fields, "parameters"), "card parameters", 0, LARGEST_COUNT),
    temperature,
    threshold: asNumber(field(fields, "threshold"), "card threshold", 0, 1),
    calibrated: asFlag(field(fields, "calibrated"), "card calibrated"),
    trainingData: asText(field(fields, "training_data"), "card training_data"),
    trainingDataSha256: asText(field(fields, "training_data_sha256"), "card training_data_sha256"),
    testAccuracy: accuracy === null ? null : asNumber(accuracy, "card test_accuracy", 0, 1),
    packageVersion: asText(field(fields, "package_version"), "card package_version"),
    classes,
  };
}

function same(fields: Fields, name: string, version: number): void {
  const value = field(fields, name);
  if (value !== version) refuse(`card ${name}`, `this page reads ${version}, got ${shown(value)}`);
}
