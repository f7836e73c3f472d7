/**
 * Every word that the page shows, by name: a language is one object of this type.
 *
 * Texts that stand alone are strings; what depends on numbers, digits or names is a function of them, because word
 * order, gender and number differ from language to language. Probabilities are fractions, sizes are bytes.
 */

export interface Catalogue {
  /** The language in its own words. */
  readonly name: string;
  readonly title: string;
  readonly description: string;

  // The sheet
  readonly paper: string;
  readonly sheet: string;
  readonly instructions: string;
  readonly invitation: string;
  readonly actions: string;
  readonly undo: string;
  readonly redo: string;
  readonly clear: string;
  readonly picture: string;
  readonly pictureHint: string;
  readonly pictureFile: string;

  // The answer
  readonly margin: string;
  readonly answer: string;
  readonly probabilities: string;
  readonly readers: string;
  /** In place of a digit: none of the ten. */
  readonly none: string;
  readonly nothingToRead: string;
  readonly loading: string;
  readonly readingPicture: string;
  readonly noDigits: string;
  /** "a four" */
  digit(digit: number): string;
  percent(probability: number): string;
  sure(digit: number): string;
  likely(digit: number): string;
  perhaps(digit: number): string;
  perhapsEither(digit: number, other: number): string;
  readonly perhapsNone: string;
  /** So many digits were read, of which `unsure` are in doubt. */
  several(count: number, unsure: number): string;
  /** What a button of a digit in doubt is called. */
  unsure(read: string): string;
  /** What a screen reader says of several numbers. */
  spoken(lines: readonly string[], sentence: string): string;

  // The networks to choose from
  /** The networks that the package ships, by name; another is called by its own. */
  readonly networks: Readonly<Record<"cnn" | "mlp", string>>;
  facts(weights: number, testAccuracy: number | null): string;
  digits(count: number): string;

  // Corrections
  readonly correction: string;
  readonly correctionQuestion: string;
  isReally(digit: number): string;
  stored(count: number): string;
  storedAs(digit: number): string;
  readonly download: string;
  readonly forget: string;
  readonly forgotten: string;
  readonly notStored: string;

  // The network at work
  readonly network: string;
  readonly sees: string;
  readonly seesAt: string;
  readonly output: string;
  neurons(count: number): string;
  filters(count: number, width: number, height: number): string;
  pooled(count: number, width: number, height: number): string;
  layer(name: string, description: string): string;
  readonly noNeuron: string;
  activation(unit: number, value: number): string;

  // The closer look
  readonly lens: string;
  readonly lensAtRest: string;
  readonly andNot: string;
  readonly andNotThis: string;
  readonly backToWhy: string;
  why(digit: number): string;
  readonly noDigit: string;
  readonly whyNoDigit: string;
  evidence(digit: number, rival: number): string;
  turning(change: { adds: boolean; becomes: number; probability: number; unsure: boolean }): string;
  unit(kind: Unit, number: number, layer: string): string;
  looksFor(kind: Unit, activation: number): string;
  /** A title and a text as one. */
  titled(title: string, text: string): string;

  // The foot
  readonly privacy: string;
  readonly offline: string;
  readonly newer: string;
  readonly languages: string;

  // What went wrong, and what to do
  readonly unreachable: string;
  readonly badModel: string;
  readonly fault: string;
  fileTooLarge(bytes: number, most: number): string;
  readonly noPicture: string;
}

export type Unit = "neuron" | "filter";

/** The names of the texts that stand alone: an element may ask for one of these. */
export type TextName = {
  [Name in keyof Catalogue]: Catalogue[Name] extends string ? Name : never;
}[keyof Catalogue];
