/** The page's own sources, parsed: for tests that hold a rule over all of them. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseSync } from "vite";

export const SRC = join(import.meta.dirname, "../src");

/** A node of the syntax tree (ESTree with TypeScript's own kinds). */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Source {
  /** Below `src`, without ".ts": "ui/answer". */
  readonly name: string;
  readonly tree: Node;
}

export const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: "utf-8" })
  .filter((file) => file.endsWith(".ts"))
  .sort()
  .map((file) => {
    const { program, errors } = parseSync(file, readFileSync(join(SRC, file), "utf-8"));
    if (errors.length) throw new Error(`${file}: ${errors[0]!.message}`);
    return { name: relative(".", file).slice(0, -".ts".length), tree: program as unknown as Node };
  });

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The nodes right below one. */
export function children(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

/** A node and all below it; what `skip` says is left out with all below it. */
export function* walk(node: Node, skip: (node: Node) => boolean = () => false): Generator<Node> {
  if (skip(node)) return;
  yield node;
  for (const child of children(node)) yield* walk(child, skip);
}

/** The text of a string, or of a piece of a template; null of anything else. */
export function textOf(node: Node): string | null {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node.type === "TemplateElement") return (node.value as { cooked: string }).cooked;
  return null;
}
