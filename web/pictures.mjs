/**
 * The pictures of the page in the docs, taken of the page itself.
 *
 * Run `inkdigit serve --port 8000` beside it, then: node pictures.mjs http://127.0.0.1:8000/
 */

import { chromium } from "@playwright/test";

const address = process.argv[2] ?? "http://127.0.0.1:8000/";
const docs = new URL("../docs/", import.meta.url).pathname;

/** A smooth line through points (Catmull and Rom 1974). */
const curve = (...points) =>
  points.slice(1).flatMap((next, i) => {
    const [before, from, after] = [
      points[Math.max(0, i - 1)],
      points[i],
      points[Math.min(points.length - 1, i + 2)],
    ];
    return Array.from({ length: 20 }, (_, j) => {
      const t = (j + 1) / 20;
      const at = (a, b, c, d) =>
        b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
      return [0, 1].map((axis) => at(before[axis], from[axis], next[axis], after[axis]));
    });
  });

/** A 4 whose top is nearly closed: almost a 9. */
const FOUR = [
  curve([0.5, 0.14], [0.435, 0.24], [0.405, 0.38], [0.44, 0.455], [0.52, 0.45], [0.6, 0.42]),
  curve([0.585, 0.13], [0.578, 0.38], [0.56, 0.62], [0.545, 0.84]),
];
const NUMBER = [
  curve([0.105, 0.33], [0.15, 0.24], [0.21, 0.3], [0.19, 0.48], [0.1, 0.71]).concat(
    curve([0.1, 0.71], [0.23, 0.7]),
  ),
  curve([0.36, 0.26], [0.3, 0.36], [0.29, 0.56], [0.345, 0.73], [0.405, 0.6], [0.41, 0.38], [0.36, 0.25]),
  curve([0.49, 0.26], [0.478, 0.45]).concat(
    curve([0.478, 0.45], [0.54, 0.42], [0.575, 0.55], [0.53, 0.7], [0.46, 0.68]),
  ),
  curve([0.49, 0.26], [0.53, 0.265], [0.58, 0.25]),
  curve([0.67, 0.28], [0.72, 0.285], [0.785, 0.265]).concat(
    curve([0.785, 0.265], [0.74, 0.48], [0.71, 0.74]),
  ),
];

async function shot(browser, { name, strokes, reader = 0, hover, ...options }) {
  const page = await (await browser.newContext({ locale: "en-US", ...options })).newPage();
  await page.goto(address);
  await page.locator(".reader").nth(1).waitFor();
  await page.getByRole("radio").nth(reader).check();
  const sheet = await page.locator("#sheet").boundingBox();
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => [sheet.x + x * sheet.width, sheet.y + y * sheet.height]);
    await page.mouse.move(...points[0]);
    await page.mouse.down();
    for (const point of points.slice(1)) await page.mouse.move(...point);
    await page.mouse.up();
    await page.waitForTimeout(100);
  }
  if (hover) await page.locator(".panel canvas[role=slider]").first().hover({ position: hover });
  await page.waitForTimeout(3000);
  await page.screenshot({ path: `${docs}${name}.png`, fullPage: options.viewport.width < 500 });
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
const wide = { viewport: { width: 1280, height: 840 }, deviceScaleFactor: 1.5 };
await shot(browser, { ...wide, name: "page", strokes: FOUR });
await shot(browser, {
  ...wide,
  name: "page-dark",
  strokes: NUMBER,
  reader: 1,
  hover: { x: 100, y: 60 },
  colorScheme: "dark",
});
await shot(browser, {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  name: "page-narrow",
  strokes: FOUR,
  colorScheme: "light",
});
await browser.close();
