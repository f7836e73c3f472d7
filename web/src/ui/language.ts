/**
 * The words of the document, and the switch from one language to another.
 *
 * In: the browser's languages; elements that name their words in `data-text`, `data-label` or `data-title`. Out: their
 * words, `words` for all that is said later, and whoever listens is told of a switch. The choice is kept in this
 * browser.
 */

import type { Catalogue, TextName } from "../words/catalogue";
import { LANGUAGES, type Language, languageFor } from "../words/languages";
import { byId, make } from "./dom";

/** Something to say in whatever language is spoken. */
export type Saying = (words: Catalogue) => string;

/** The language's words; another object after a switch. */
export let words: Catalogue = LANGUAGES.en;

const KEY = "inkdigit.language";

/** Speaks the reader's language, offers the others, and calls `switched` after each switch. */
export function beginToSpeak(switched: () => void): void {
  speak(languageFor(navigator.languages, recalled()));
  const buttons = Object.entries(LANGUAGES).map(([tag, { name }]) => {
    const button = make("button", { type: "button", lang: tag }, name);
    button.addEventListener("click", () => {
      speak(tag as Language);
      remember(tag);
      mark();
      switched();
    });
    return button;
  });
  const mark = () => {
    for (const one of buttons)
      one.setAttribute("aria-pressed", String(one.lang === document.documentElement.lang));
  };
  mark();
  byId("languages", HTMLParagraphElement).append(...buttons);
}

/** Gives an element a text that follows the language. */
export function say(element: HTMLElement, name: TextName): void {
  element.dataset.text = name;
  element.textContent = words[name];
}

function speak(language: Language): void {
  words = LANGUAGES[language];
  document.documentElement.lang = language;
  document.title = words.title;
  document.querySelector("meta[name=description]")?.setAttribute("content", words.description);
  for (const element of document.querySelectorAll<HTMLElement>("[data-text]"))
    element.textContent = words[element.dataset.text as TextName];
  for (const element of document.querySelectorAll<HTMLElement>("[data-label]"))
    element.setAttribute("aria-label", words[element.dataset.label as TextName]);
  for (const element of document.querySelectorAll<HTMLElement>("[data-title]"))
    element.title = words[element.dataset.title as TextName];
}

function recalled(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // the browser keeps nothing for this page: its languages decide each time
  }
}

function remember(language: string): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // likewise
  }
}
