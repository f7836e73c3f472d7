/**
 * Reads JSON that may hold anything, and says in one line what is wrong with it.
 *
 * In: a value from `JSON.parse`, and where in the file it stands. Out: the same value with its type known, or
 * `BadModel`. Knows nothing of networks.
 */

import { card } from "../constants";

/** A model that cannot be used; the message is one line for whoever opened it. */
export class BadModel extends Error {
  override readonly name = "BadModel";
}

export type Fields = Readonly<Record<string, unknown>>;

/** @throws BadModel always. */
export function refuse(where: string, why: string): never {
  throw new BadModel(`${where}: ${why}`);
}

/** A field of its own; what every object inherits, "constructor" for instance, is none. */
export function field(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export function asFields(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(where, `expected an object, got ${shown(value)}`);
  }
  return value as Fields;
}

/** @param most Largest length that is let through. */
export function asList(value: unknown, where: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) refuse(where, `expected a list, got ${shown(value)}`);
  if (value.length > most) refuse(where, `has ${value.length} entries; the limit is ${most}`);
  return value;
}

export function asText(value: unknown, where: string): string {
  if (typeof value !== "string" || value.length > LONGEST_TEXT) {
    refuse(where, `expected a text of at most ${LONGEST_TEXT} characters, got ${shown(value)}`);
  }
  return value;
}

/** A finite number from `least` to `most`. */
export function asNumber(value: unknown, where: string, least = -1e300, most = 1e300): number {
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    refuse(where, `expected a number${range(least, most)}, got ${shown(value)}`);
  }
  return value;
}

export function asWhole(value: unknown, where: string, least: number, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    refuse(where, `expected a whole number${range(least, most)}, got ${shown(value)}`);
  }
  return value;
}

export function asFlag(value: unknown, where: string): boolean {
  if (typeof value !== "boolean") refuse(where, `expected true or false, got ${shown(value)}`);
  return value;
}

/** A value in at most 40 printable characters; a container is only named. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return short(typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value));
}

/** A foreign text made fit for a message: one line, printable, at most 40 characters. */
export function short(text: string): string {
  const printable = text.replace(/[^\x20-\x7e\u00a1-\u02ff]/g, "?");
  return printable.length > 40 ? `${printable.slice(0, 39)}…` : printable;
}

const { LONGEST_TEXT } = card;

function range(least: number, most: number): string {
  if (least <= -1e300 && most >= 1e300) return "";
  return most >= 1e300 ? ` of at least ${least}` : ` from ${least} to ${most}`;
}
