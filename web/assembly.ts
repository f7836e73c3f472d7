/** Vite's part of `assembly/`: `import bytes from "virtual:convolve"` gives the built module as base64. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import type { Plugin } from "vite";

const SOURCE = join(import.meta.dirname, "assembly/convolve.ts");
const NAME = "virtual:convolve";
/** The memory is handed in, so that the fallback has the same one; a stub of a runtime, as nothing is allocated. */
const OPTIONS = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--enable", "simd"];

export function assembly(): Plugin {
  return {
    name: "assembly",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    async load(id) {
      if (id !== `\0${NAME}`) return null;
      this.addWatchFile(SOURCE);
      return `export default ${JSON.stringify(await built())};`;
    },
  };
}

/** The bytes of the module as base64. */
async function built(): Promise<string> {
  let base64 = "";
  const { error, stderr } = await asc.main(["convolve.ts", "-o", "convolve.wasm", ...OPTIONS], {
    readFile: (name) => (name === "convolve.ts" ? readFile(SOURCE, "utf-8") : null),
    writeFile: (_, contents) => {
      base64 = Buffer.from(contents).toString("base64");
    },
  });
  if (error) throw new Error(`${SOURCE}: ${stderr}`);
  return base64;
}
