/**
 * How fast the reading networks run in Chromium: `node bench/reading.mjs LINE.onnx DETECTOR.onnx` prints JSON.
 *
 * Milliseconds for a picture of one size, the median of 15 after 5 to warm up; in WebAssembly, and once in TypeScript.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { build, loadConfigFromFile } from "vite";

const [line, detector] = process.argv.slice(2).map((file) => readFileSync(file).toString("base64"));
const CONFIG = join(import.meta.dirname, "../vite.config.ts");
const SIZES = {
  line: [
    [40, 160],
    [40, 640],
  ],
  detector: [
    [64, 176],
    [160, 320],
    [480, 640],
    [960, 1280],
  ],
};

/** The modules that are measured, as one script that gives `globalThis.reading`. */
async function bundle() {
  const { config } = await loadConfigFromFile({ command: "build", mode: "production" }, CONFIG);
  const folder = mkdtempSync(join(tmpdir(), "inkdigit-bench-"));
  try {
    await build({
      configFile: false,
      root: join(import.meta.dirname, ".."),
      plugins: config.plugins,
      publicDir: false,
      logLevel: "silent",
      build: {
        lib: {
          entry: "bench/reading-entry.ts",
          formats: ["iife"],
          name: "reading",
          fileName: () => "bundle.js",
        },
        outDir: folder,
        rolldownOptions: { input: join(import.meta.dirname, "reading-entry.ts") },
        minify: false,
      },
    });
    return readFileSync(join(folder, "bundle.js"), "utf-8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs in the page. */
function measure({ base64, sizes, engine, rounds }) {
  const { reading } = globalThis;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const begin = performance.now();
  const network = reading.readReadingNetwork(bytes.buffer, reading[engine]());
  const answers = { open: Math.round(performance.now() - begin) };
  for (const [height, width] of sizes) {
    const data = Float32Array.from({ length: height * width }, () => Math.random());
    const times = Array.from({ length: rounds }, () => {
      const start = performance.now();
      network.run({ width, height, data });
      return performance.now() - start;
    });
    const warm = times.slice(rounds >> 2).sort((one, other) => one - other);
    answers[`${width} x ${height}`] = Number(warm[warm.length >> 1].toFixed(1));
  }
  return answers;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
const page = await browser.newPage();
await page.addScriptTag({ content: await bundle() });
const run = (base64, sizes, engine, rounds) => page.evaluate(measure, { base64, sizes, engine, rounds });
console.log(
  JSON.stringify(
    {
      machine: `${cpus()[0].model}, ${cpus().length} cores`,
      WebAssembly: {
        line: await run(line, SIZES.line, "simdEngine", 20),
        detector: await run(detector, SIZES.detector, "simdEngine", 20),
      },
      TypeScript: {
        line: await run(line, SIZES.line.slice(0, 1), "plainEngine", 4),
        detector: await run(detector, SIZES.detector.slice(0, 2), "plainEngine", 4),
      },
    },
    null,
    1,
  ),
);
await browser.close();
