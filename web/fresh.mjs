/** Fails when the committed build of the page is not what its sources give. */

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";

const COMMITTED = join(import.meta.dirname, "../src/inkdigit/server/static");
const fresh = join(tmpdir(), `inkdigit-page-${process.pid}`);

/** @param {string} folder */
const contents = (folder) =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => /** @type {[string, Buffer]} */ ([path.slice(folder.length), readFileSync(path)])),
  );

await build({ root: import.meta.dirname, logLevel: "error", build: { outDir: fresh, emptyOutDir: true } });
const [is, should] = [contents(COMMITTED), contents(fresh)];
rmSync(fresh, { recursive: true });
const names = [...new Set([...is.keys(), ...should.keys()])];
const stale = names.filter(
  (name) => !(should.has(name) && is.get(name)?.equals(/** @type {Buffer} */ (should.get(name)))),
);
if (stale.length) {
  console.error(`the committed build of the page is stale: ${stale.join(", ")}; run "make page" and commit`);
  process.exit(1);
}
