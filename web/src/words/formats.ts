/** Numbers as a language writes them, by the browser's own tables. In: numbers. Out: text. */

export interface Formats {
  /** "98.3 %", but never 100 % of what is not certain, nor 0 % of what is not impossible. */
  percent(probability: number): string;
  /** With two decimals, for what was counted. */
  share(fraction: number): string;
  /** With two decimals. */
  decimal(value: number): string;
  count(value: number): string;
  megabytes(bytes: number): string;
  /** The form of a word that goes with so many. */
  plural(count: number, forms: { one: string; other: string }): string;
}

/** Nearer to certainty, or to impossibility, than this no probability is told. */
const LEAST = 0.001;

/** @param locale BCP 47, "de" for instance. */
export function formatsOf(locale: string): Formats {
  const number = (options: Intl.NumberFormatOptions = {}) => new Intl.NumberFormat(locale, options);
  const decimals = (digits: number) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [percents, shares] = [1, 2].map((digits) => number({ style: "percent", ...decimals(digits) }));
  const [values, counts] = [number(decimals(2)), number()];
  const bytes = number({ style: "unit", unit: "megabyte", maximumFractionDigits: 0 });
  const rules = new Intl.PluralRules(locale);
  return {
    percent: (probability) => {
      if (probability >= 1 - LEAST / 2) return `> ${percents.format(1 - LEAST)}`;
      if (probability > 0 && probability < LEAST / 2) return `< ${percents.format(LEAST)}`;
      return percents.format(probability);
    },
    share: (fraction) => shares.format(fraction),
    decimal: (value) => values.format(value),
    count: (value) => counts.format(value),
    megabytes: (size) => bytes.format(size / 1e6),
    plural: (count, { one, other }) => (rules.select(count) === "one" ? one : other),
  };
}
