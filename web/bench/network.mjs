/**
 * How fast the page's networks answer, and how close to Keras: `node bench/network.mjs` prints JSON.
 *
 * Takes the digits and networks of `tests/fixtures.py`. Times are milliseconds, the median and the 95th of a hundred,
 * a digit each, after as many to warm up.
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
    await build({
      configFile: false,
      root: join(HERE, ".."),
      publicDir: false,
      logLevel: "silent",
      define: { "import.meta.dirname": JSON.stringify(join(HERE, "../tests/network")) },
      build: {
        lib: { entry: join(HERE, path), formats: ["es"], fileName: "bundle" },
        outDir: folder,
        rolldownOptions: { external: /^node:/ },
        minify: false,
      },
    });
    renameSync(join(folder, "bundle.js"), join(folder, "bundle.mjs"));
    return await import(join(folder, "bundle.mjs"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function milliseconds(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Of the second half of the calls. */
function measured(work, items) {
  const times = items.map((item) => milliseconds(() => work(item)));
  const warm = times.slice(items.length >> 1).sort((one, other) => one - other);
  const at = (share) => Number(warm[Math.floor(share * (warm.length - 1))].toFixed(3));
  return { median: at(0.5), p95: at(0.95) };
}

const {
  argmax,
  between,
  expectedOutputs,
  frames,
  gradientOf,
  index,
  largestDifference,
  modelJson,
  networks,
  predictionOf,
  readModel,
  shipped,
  weightBytes,
} = await load("network-entry.ts");

const speed = {};
for (const fixture of shipped) {
  let network;
  const json = JSON.stringify(modelJson(fixture));
  const bytes = weightBytes(fixture);
  const open = milliseconds(() => {
    network = readModel(JSON.parse(json), bytes);
  });
  const runs = frames.map((frame) => network.run(frame));
  const weights = runs[0].probabilities.map((_, k) => Number(k === 9) - Number(k === 4));
  const rivals = runs.map(({ probabilities }) => {
    const { digit, probabilities: ten } = predictionOf(network.card, probabilities);
    return [digit, argmax(ten.with(digit, -1))];
  });
  speed[fixture.name] = {
    "open, with a first frame": Number(open.toFixed(1)),
    frame: measured((frame) => network.run(frame), frames),
    slopes: measured((run) => gradientOf(network, run, weights), runs),
    why: measured((i) => between(network, frames[i], ...rivals[i]), [...frames.keys()].slice(0, 40)),
  };
}

const accuracy = {};
for (const fixture of networks) {
  const network = readModel(modelJson(fixture), weightBytes(fixture));
  const expected = expectedOutputs(fixture);
  const outputs = frames.map((frame) => network.run(frame).probabilities);
  accuracy[fixture.name] = {
    "largest difference": Math.max(...outputs.map((row, i) => largestDifference(row, expected[i]))),
    "other class": outputs.filter((row, i) => argmax(row) !== argmax(expected[i])).length,
  };
}

const machine = cpus()[0].model;
console.log(
  JSON.stringify(
    { machine, node: process.version, data: index.data, milliseconds: speed, keras: accuracy },
    null,
    1,
  ),
);
