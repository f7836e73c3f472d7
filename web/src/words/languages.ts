/**
 * The languages of the page, and which of them a reader gets.
 *
 * In: what the browser says its user reads, and what was chosen before. Out: a language. Knows nothing of the document.
 */

import type { Catalogue } from "./catalogue";
import { de } from "./de";
import { en } from "./en";

/** By their BCP 47 tags; the first is for whoever reads none of them. */
export const LANGUAGES = { en, de } as const satisfies Record<string, Catalogue>;

export type Language = keyof typeof LANGUAGES;

export const isLanguage = (tag: unknown): tag is Language =>
  typeof tag === "string" && Object.hasOwn(LANGUAGES, tag);

/**
 * @param preferred Tags, the dearest first, as `navigator.languages` gives them: "de-AT", "en".
 * @param chosen What the reader chose here before, if anything.
 */
export function languageFor(preferred: readonly string[], chosen: string | null): Language {
  if (isLanguage(chosen)) return chosen;
  return preferred.map((tag) => tag.toLowerCase().split("-")[0]).find(isLanguage) ?? "en";
}
