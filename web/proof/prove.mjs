/**
 * The proof that an export computes in a browser what the network computes in Keras.
 *
 *     node proof/prove.mjs FOLDER
 *
 * In: a folder with `proof.json`: {"images": FILE, "models": [{"name", "model", "expected", "scale"}]}, where the
 * images are uint8, 784 each, the expected probabilities float32, a row for each image, and scale is what ink of
 * 0..1 is multiplied by. Out: a line of JSON for each model: the largest difference, how many images are read as the
 * same class, and for those that are not, how far apart Keras' own two best classes are at most.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { withPage } from "./browser.mjs";

const folder = resolve(process.argv[2] ?? ".");
const { images, models, backend = "wasm" } = JSON.parse(await readFile(join(folder, "proof.json"), "utf8"));

await withPage(folder, "", async (page) => {
  await page.addScriptTag({ url: "/modules/@tensorflow/tfjs/dist/tf.min.js" });
  await page.addScriptTag({ url: "/modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js" });
  for (const model of models) {
    const result = await page.evaluate(prove, { images, backend, ...model });
    process.stdout.write(`${JSON.stringify({ name: model.name, ...result })}\n`);
  }
});

/** Runs in the page: one model on all images. */
async function prove({ images, model: address, expected: answers, scale, backend }) {
  const { tf } = globalThis;
  const bytes = async (path) => (await fetch(`/${path}`)).arrayBuffer();
  tf.wasm.setWasmPaths("/modules/@tensorflow/tfjs-backend-wasm/dist/");
  await tf.setBackend(backend);
  await tf.ready();
  const began = performance.now();
  try {
    const model = await tf.loadLayersModel(`/${address}`);
    const pixels = new Uint8Array(await bytes(images));
    const expected = new Float32Array(await bytes(answers));
    const n = pixels.length / 784;
    const ink = Float32Array.from(pixels, (value) => (value / 255) * scale);
    const given = tf.tensor(ink, [n, ...model.inputs[0].shape.slice(1)]);
    const output = model.predict(given, { batchSize: 250 });
    const probabilities = await output.data();
    const classes = output.shape[1];
    tf.dispose([given, output]);
    model.dispose();
    if (probabilities.length !== expected.length) throw new Error(`${classes} classes, others were expected`);
    const result = { n, classes, maxDifference: 0, same: 0, widestTie: 0, backend: tf.getBackend() };
    for (let image = 0; image < n; image++) {
      const theirs = probabilities.subarray(image * classes, (image + 1) * classes);
      const ours = expected.subarray(image * classes, (image + 1) * classes);
      for (let i = 0; i < classes; i++) {
        const difference = Math.abs(theirs[i] - ours[i]);
        // So written, what is no number is the largest difference there is.
        if (!(difference <= result.maxDifference)) result.maxDifference = difference;
      }
      const [best, second] = [...ours].sort((a, b) => b - a);
      if (theirs.indexOf(Math.max(...theirs)) === ours.indexOf(best)) result.same++;
      else result.widestTie = Math.max(result.widestTie, best - second);
    }
    return { ...result, seconds: (performance.now() - began) / 1000 };
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
}
