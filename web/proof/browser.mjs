/**
 * A folder on a local address, and a page of a real Chromium that looks at it.
 *
 * In: a folder. Out: whatever the caller asks the page. `node_modules` is served too, below /modules/, and an empty
 * page at /.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

const MODULES = fileURLToPath(new URL("../node_modules", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Serves `folder`, opens `path` in Chromium, gives the page to `look`, and takes both away again. */
export async function withPage(folder, path, look) {
  const server = await serve(folder);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
  });
  try {
    const page = await browser.newPage();
    page.on("console", (message) => process.stderr.write(`${message.text()}\n`));
    page.on("pageerror", (error) => process.stderr.write(`${error}\n`));
    await page.goto(`http://127.0.0.1:${server.address().port}/${path}`);
    return await look(page);
  } finally {
    await browser.close();
    server.close();
  }
}

async function serve(folder) {
  const server = createServer(async (request, response) => {
    if (request.url === "/" || request.url === "/favicon.ico") return answer(response, "", ".html");
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const inModules = path.startsWith("/modules/");
    const root = inModules ? MODULES : folder;
    const file = normalize(join(root, inModules ? path.slice("/modules".length) : path));
    try {
      if (!file.startsWith(normalize(root) + sep)) throw new Error("outside");
      answer(response, await readFile(file), extname(file));
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

function answer(response, content, ending) {
  response.writeHead(200, {
    "Content-Type": TYPES[ending] ?? "application/octet-stream",
    // Cross-origin isolated, a page may have threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  });
  response.end(content);
}
