/**
 * How quickly the page answers, measured in a browser as a user meets it: one digit alone, and the last ones of five.
 *
 * Run `inkdigit serve --port 8000` beside it, then: node bench/latency.mjs http://127.0.0.1:8000/
 * Prints JSON: milliseconds from the end of a stroke to the answer on the page, from the first byte asked for to a
 * page that answers, and bytes of the first load without the networks.
 */

import { cpus } from "node:os";
import { chromium } from "@playwright/test";

const address = process.argv[2] ?? "http://127.0.0.1:8000/";
const ROUNDS = 8;

/** Strokes of a 4, a 7, a 1 and a 2, in parts of the sheet. */
const DIGITS = [
  [
    [
      [0.45, 0.2],
      [0.38, 0.55],
      [0.6, 0.55],
    ],
    [
      [0.55, 0.35],
      [0.54, 0.8],
    ],
  ],
  [
    [
      [0.4, 0.2],
      [0.6, 0.2],
      [0.5, 0.8],
    ],
  ],
  [
    [
      [0.5, 0.2],
      [0.49, 0.8],
    ],
  ],
  [
    [
      [0.42, 0.3],
      [0.5, 0.2],
      [0.58, 0.3],
      [0.42, 0.78],
      [0.6, 0.78],
    ],
  ],
];

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const rounded = (value) => Math.round(10 * value) / 10;

async function draw(page, strokes) {
  const sheet = await page.locator("#sheet").boundingBox();
  for (const stroke of strokes) {
    const [first, ...rest] = stroke.map(([x, y]) => [sheet.x + x * sheet.width, sheet.y + y * sheet.height]);
    await page.mouse.move(...first);
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...point, { steps: 12 });
    await page.mouse.up();
    await page.waitForTimeout(120); // as one lifts the pen before the next stroke
  }
}

const clear = (page) => page.evaluate(() => performance.clearMeasures());
const measured = (page) =>
  page.evaluate(() => performance.getEntriesByName("answer").map((entry) => entry.duration));

async function answers(page, reader) {
  await page.getByRole("radio").nth(reader).check();
  await clear(page);
  for (let round = 0; round < ROUNDS; round++) {
    for (const digit of DIGITS) {
      await draw(page, digit);
      await page.keyboard.press("Escape");
    }
  }
  return measured(page);
}

/** Of the strokes of the fifth digit of a line. */
async function lastOfFive(page) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let place = 0; place < 5; place++) {
      await clear(page);
      const digit = DIGITS[(place + round) % DIGITS.length];
      await draw(
        page,
        digit.map((stroke) => stroke.map(([x, y]) => [x - 0.36 + 0.17 * place, 0.1 + 0.6 * y])),
      );
    }
    times.push(...(await measured(page)));
    await page.keyboard.press("Escape");
  }
  return times;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
const starts = [];
let bytes = 0;
for (let i = 0; i < 5; i++) {
  const page = await (await browser.newContext({ serviceWorkers: "block" })).newPage();
  const before = performance.now();
  await page.goto(address);
  await page.locator(".reader").first().waitFor();
  starts.push(performance.now() - before);
  await page.waitForTimeout(300);
  bytes = await page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .filter((entry) => !entry.name.includes("/models/"))
      .reduce((sum, entry) => sum + entry.decodedBodySize, 0),
  );
  await page.close();
}
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
await page.goto(address);
await page.locator(".reader").nth(1).waitFor();
const [five, cnn, mlp] = [await lastOfFive(page), await answers(page, 0), await answers(page, 1)];
await browser.close();
console.log(
  JSON.stringify({
    machine: `${cpus()[0].model}, ${cpus().length} cores`,
    answer_ms: {
      "last of five": {
        median: rounded(median(five)),
        worst: rounded(Math.max(...five)),
        strokes: five.length,
      },
      cnn: { median: rounded(median(cnn)), worst: rounded(Math.max(...cnn)), strokes: cnn.length },
      mlp: { median: rounded(median(mlp)), worst: rounded(Math.max(...mlp)), strokes: mlp.length },
    },
    ready_ms: { median: Math.round(median(starts)), worst: Math.round(Math.max(...starts)) },
    first_load_bytes: bytes,
  }),
);
