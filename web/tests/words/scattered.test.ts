/** A word of the page lives in one place: `src/words`. What is thrown, and what `network` says of a model, is for the console. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { en } from "../../src/words/en";
import { isNode, type Node, SRC, sources, textOf, walk } from "../sources";

const HTML = readFileSync(join(SRC, "../index.html"), "utf-8");

/** What a reader sees or hears of an element. */
const SAID = /^(aria-(label|description|valuetext|placeholder|roledescription)|title|alt|placeholder)$/;
const SHOWN = /^(textContent|innerText|title|placeholder|alt|ariaLabel|ariaValueText|ariaDescription)$/;
const PUTS = /^(append|prepend|before|after|replaceChildren|replaceWith|fillText|strokeText|say)$/;

const LETTERS = /\p{L}{2}/u;
const PROSE = /\p{L}{2,}[,;:.!?]? \p{L}{2,}/u;

const nameOf = (node: unknown): string => {
  if (!isNode(node)) return "";
  if (node.type === "MemberExpression") return nameOf(node.property);
  return String(node.name ?? node.value ?? "");
};

/** What is for the console, or in the style sheet's language. */
const isForNoReader = (node: Node): boolean =>
  node.type === "ThrowStatement" ||
  (node.type === "NewExpression" && nameOf(node.callee).endsWith("Error")) ||
  (node.type === "CallExpression" && nameOf((node.callee as Node).object) === "console") ||
  (node.type === "CallExpression" && nameOf(node.callee) === "matchMedia") ||
  (node.type === "AssignmentExpression" && nameOf(node.left) === "font");

/** Parts of the tree whose text reaches the reader. */
function shownBy(node: Node): unknown[] {
  const [first, ...rest] = (node.arguments as Node[] | undefined) ?? [];
  if (node.type === "AssignmentExpression") return SHOWN.test(nameOf(node.left)) ? [node.right] : [];
  if (node.type === "Property") return SAID.test(nameOf(node.key)) ? [node.value] : [];
  if (node.type !== "CallExpression") return [];
  const name = nameOf(node.callee);
  if (name === "setAttribute") return SAID.test(nameOf(first)) ? rest : [];
  if (name === "make") return rest.slice(1);
  if (name === "say") return [first];
  return PUTS.test(name) ? [first, ...rest] : [];
}

/** Literals that a part shows itself; what it calls is looked at by itself. */
const literalsOf = (part: Node): string[] =>
  [...walk(part, ({ type }) => type === "CallExpression")].flatMap((node) => textOf(node) ?? []);

const offendersOf = (tree: Node): string[] => {
  const nodes = [...walk(tree, isForNoReader)];
  const shown = nodes.flatMap((node) => shownBy(node).filter(isNode).flatMap(literalsOf));
  const prose = nodes.flatMap((node) => textOf(node) ?? []);
  return [...shown.filter((text) => LETTERS.test(text)), ...prose.filter((text) => PROSE.test(text))];
};

describe("outside the catalogue", () => {
  const elsewhere = sources.filter(({ name }) => !/^(words|network)\/|^constants$/.test(name));

  test("no source says a word", () => {
    const found = elsewhere.flatMap(({ name, tree }) => offendersOf(tree).map((text) => `${name}: ${text}`));
    expect(found).toEqual([]);
  });

  test("nothing shows what an error says", () => {
    const shown = sources.filter(({ name }) => /^(ui\/|main$)/.test(name));
    const found = shown.filter(({ tree }) =>
      [...walk(tree)].some((node) => node.type === "MemberExpression" && nameOf(node) === "message"),
    );
    expect(found.map(({ name }) => name)).toEqual([]);
  });

  test("a word would be found", async () => {
    const { parseSync } = await import("vite");
    const found = (code: string) => offendersOf(parseSync("a.ts", code).program as unknown as Node);
    expect(found('one.textContent = is ? "undo" : words.redo')).toEqual(["undo"]);
    expect(found('make("p", { "aria-label": "Undo" }, "redo")')).toContain("redo");
    expect(found('make("p", { "aria-label": "Undo" })')).toContain("Undo");
    expect(found('one.setAttribute("title", `$' + "{n} digits`)")).toContain(" digits");
    expect(found('answer.say(() => "Sorry")')).toEqual(["Sorry"]);
    expect(found('const text = "no digits"')).toEqual(["no digits"]);
    expect(found('throw new Error("no such thing")')).toEqual([]);
  });
});

describe("the document", () => {
  test("says nothing by itself but its name", () => {
    const body = HTML.replace(/<!--.*?-->/gs, "").replace(/<[^>]*>/g, " ");
    expect([...new Set(body.match(/\S+/g))]).toEqual(["inkdigit"]);
    const attributes = [...HTML.matchAll(/\s([\w-]+)="([^"]+)"/g)];
    expect(attributes.filter(([, name]) => SAID.test(name!)).map(([text]) => text)).toEqual([]);
    expect(HTML).toContain('name="description" content=""');
  });

  test("asks for texts that are there", () => {
    const asked = [...HTML.matchAll(/\sdata-(?:text|label|title)="([^"]*)"/g)].map(([, name]) => name!);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => typeof en[name as keyof typeof en] !== "string")).toEqual([]);
  });
});

test("every text of the catalogue is used", () => {
  const code = sources
    .filter(({ name }) => !name.startsWith("words/"))
    .flatMap(({ tree }) => [...walk(tree)]);
  const used = new Set(code.flatMap((node) => [nameOf(node), textOf(node) ?? ""]));
  for (const [, name] of HTML.matchAll(/\sdata-\w+="([^"]*)"/g)) used.add(name!);
  expect(Object.keys(en).filter((name) => !used.has(name))).toEqual([]);
});
