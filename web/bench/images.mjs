/**
 * How long the page takes to read ink and pictures, apart from the network: `node bench/images.mjs` prints JSON.
 *
 * The network's answers are recorded once, by the small recognizer of the golden files, and played back while the clock
 * runs. Times are milliseconds, the median and the 95th of a hundred: of 100 drawings, 20 small pictures, 3 large ones,
 * each after as many to warm up.
 */

import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";

const HERE = import.meta.dirname;

/** Bundle a module as the page is, and load it. */
async function load(path) {
  const folder = mkdtempSync(join(tmpdir(), "inkdigit-bench-"));
  try {
    const lib = { entry: join(HERE, path), formats: ["es"], fileName: "bundle" };
    const define = { "import.meta.dirname": JSON.stringify(join(HERE, "../tests")) };
    const rolldownOptions = { external: /^node:/ };
    const how = { lib, outDir: folder, rolldownOptions, minify: false };
    await build({
      configFile: false,
      root: join(HERE, ".."),
      publicDir: false,
      logLevel: "silent",
      define,
      build: how,
    });
    renameSync(join(folder, "bundle.js"), join(folder, "bundle.mjs"));
    return await import(join(folder, "bundle.mjs"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measured(work, rounds) {
  const times = [];
  for (let i = 0; i < 2 * rounds; i++) {
    const start = performance.now();
    work();
    if (i >= rounds) times.push(performance.now() - start);
  }
  times.sort((one, other) => one - other);
  const at = (share) => Math.round(100 * times[Math.floor(share * (times.length - 1))]) / 100;
  return { median: at(0.5), p95: at(0.95) };
}

/** A recognizer that gives the answers of another one again, in the same order. */
function replay(read, classify) {
  const answers = [];
  const seen = read((frames) => {
    answers.push(classify(frames));
    return answers.at(-1);
  });
  const text = seen.lines.map((line) => line.text).join(" / ");
  const glyphs = answers.reduce((sum, some) => sum + some.length, 0);
  return {
    text,
    glyphs,
    work: () => {
      let call = 0;
      read(() => answers[call++]);
    },
  };
}

function pasted(ink, width, height) {
  const data = new Float32Array(width * height);
  const [left, top] = [(width - ink.width) >> 1, (height - ink.height) >> 1];
  for (let y = 0; y < ink.height; y++) {
    data.set(ink.data.subarray(y * ink.width, (y + 1) * ink.width), (top + y) * width + left);
  }
  return { width, height, data };
}

/** A picture at another size, with the grain of a camera. */
function photographed({ width, height, data }, wide, tall) {
  const made = new Uint8ClampedArray(4 * wide * tall).fill(255);
  let seed = 1;
  for (let y = 0; y < tall; y++) {
    const row = Math.floor((y * height) / tall) * width;
    for (let x = 0; x < wide; x++) {
      const from = 4 * (row + Math.floor((x * width) / wide));
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      for (let i = 0; i < 3; i++) made[4 * (y * wide + x) + i] = data[from + i] + (seed >>> 28) - 8;
    }
  }
  return { width: wide, height: tall, data: made };
}

const { classify, exampleOf, inkOf, reading, readInk, readPicture, vectors, planeOf, inflated } =
  await load("entry.ts");
const plane = (name) => inkOf(reading.planes.find((one) => one.name === name));
const tall = vectors("views.json").glyphs[24];
const results = {};

const drawings = {
  "one digit, 400x300": pasted(planeOf(inflated(tall.ink), tall.width, tall.height), 400, 300),
  "8 digits, 600x300": pasted(plane("8 digits, gap 0.2"), 600, 300),
  "8 digits that touch, 400x300": pasted(plane("8 digits, gap -0.08"), 400, 300),
};
for (const [name, ink] of Object.entries(drawings)) {
  const { text, glyphs, work } = replay((answers) => readInk(ink, answers), classify);
  results[name] = { text, glyphs, ...measured(work, 100) };
}
const form = exampleOf({ file: "form.png" });
for (const [wide, high] of [
  [640, 480],
  [4000, 3000],
]) {
  const picture = photographed(form, wide, high);
  const { text, glyphs, work } = replay((answers) => readPicture(picture, answers), classify);
  results[`a form, ${wide}x${high}`] = { text, glyphs, ...measured(work, wide > 1000 ? 3 : 20) };
}
console.log(
  JSON.stringify({ machine: cpus()[0].model, node: process.version, milliseconds: results }, null, 1),
);
