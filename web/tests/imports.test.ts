import { join } from "node:path/posix";
import { expect, test } from "vitest";
import { type Source, sources, walk } from "./sources";

/** What each room may import from, beside itself; all may know `types` and `constants`. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  constants: [],
  types: [],
  words: [],
  drawing: ["imgproc"],
  storage: [],
  network: [],
  imgproc: [],
  frame: ["imgproc"],
  page: ["imgproc", "frame"],
  reading: ["page", "imgproc", "network"],
  ui: ["reading", "page", "network", "drawing", "storage", "words"],
  main: ["ui", "reading", "page", "drawing"],
  sw: [],
};

const roomOf = (file: string): string => file.split("/")[0]!;

/** The files of the page that a file imports, types too. */
function importsOf({ name, tree }: Source): string[] {
  return [...walk(tree)]
    .filter(({ type }) =>
      ["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration"].includes(type),
    )
    .map(({ source }) => (source as { value: string } | null)?.value ?? "")
    .filter((path) => path.startsWith(".") && !path.endsWith(".css"))
    .map((path) => join(name, "..", path));
}

const imports = new Map(sources.map((source) => [source.name, importsOf(source)]));

test("every import is of a file that is there", () => {
  expect([...imports.values()].flat().filter((file) => !imports.has(file))).toEqual([]);
  expect([...imports.values()].flat().length).toBeGreaterThan(100);
});

test("rooms import what lies below them, never above", () => {
  const upward = [...imports].flatMap(([file, its]) => {
    const room = roomOf(file);
    const allowed = [room, "types", "constants", ...MAY[room]!];
    return its.filter((other) => !allowed.includes(roomOf(other))).map((other) => `${file} -> ${other}`);
  });
  expect(upward).toEqual([]);
});

test("no files import one another in a circle", () => {
  const left = new Map(imports);
  for (;;) {
    const free = [...left].filter(([, its]) => !its.some((file) => left.has(file))).map(([file]) => file);
    if (!free.length) break;
    for (const file of free) left.delete(file);
  }
  expect([...left.keys()]).toEqual([]);
});
