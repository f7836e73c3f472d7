/**
 * What a page prints.
 *
 *     node proof/look.mjs FOLDER PAGE
 *
 * In: a folder and the path of a page in it. Out: the text of the page's <output>, once it has some.
 */
import { resolve } from "node:path";
import { withPage } from "./browser.mjs";

const [, , folder, path] = process.argv;

await withPage(resolve(folder), path, async (page) => {
  await page.waitForFunction(() => document.querySelector("output")?.textContent, undefined, {
    timeout: 15_000,
  });
  process.stdout.write(`${await page.textContent("output")}\n`);
});
