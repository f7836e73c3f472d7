import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { open, write } from "./hand";

const violations = async (page: Page) =>
  (await new AxeBuilder({ page }).analyze()).violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((n) => n.html)}`,
  );

const overflows = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** In every language, theme and width; without `npm run e2e:all`, each of them once. */
const SHORT = ["en-US, light, 1280", "de-DE, dark, 360"];
const WHY = { "en-US": /^Why a four/, "de-DE": /^Warum eine Vier/ } as const;

for (const locale of ["en-US", "de-DE"] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [360, 1280, 2200]) {
      const name = `${locale}, ${colorScheme}, ${width}`;
      test.describe(`${name} px wide`, () => {
        test.use({ locale, colorScheme, viewport: { width, height: 800 } });

        test(`reads, fits, and passes the accessibility check${SHORT.includes(name) ? "" : " @all"}`, async ({
          page,
        }) => {
          await open(page);
          expect(await overflows(page)).toBe(0);
          await write(page, 4);
          await expect(page.locator("#answer")).toHaveText("4");
          await expect(page.locator("#lens-title")).toHaveText(WHY[locale]);
          expect(await violations(page)).toEqual([]);
          expect(await overflows(page)).toBe(0);
        });
      });
    }
  }
}

test("an empty page passes the accessibility check @all", async ({ page }) => {
  await open(page);
  expect(await violations(page)).toEqual([]);
});

test("the theme changes the ink that is seen, not the ink that is read", async ({ page }) => {
  const probabilities = () =>
    page.getByRole("meter").evaluateAll((meters) => meters.map((one) => one.ariaValueNow));
  await open(page);
  await write(page, 9);
  await expect(page.locator("#answer")).toHaveText("9");
  const light = await probabilities();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("button", { name: "undo" }).click();
  await page.getByRole("button", { name: "redo" }).click();
  await expect(page.locator("#answer")).toHaveText("9");
  expect(await probabilities()).toEqual(light);
});

test("the answer carries the security headers", async ({ request }) => {
  const headers = (await request.get("./")).headers();
  expect(headers["content-security-policy"]).toContain(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'",
  );
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["referrer-policy"]).toBe("no-referrer");
  expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
});

test("both networks answer, and either can be looked at", async ({ page }) => {
  await open(page);
  await write(page, 5);
  const [cnn, mlp] = [page.locator(".reader").nth(0), page.locator(".reader").nth(1)];
  await expect(cnn).toContainText(/convolutional network5/);
  await expect(mlp).toContainText(/perceptron5/);
  await expect(page.locator("#layers figcaption").first()).toHaveText("32 filters, 26 × 26");
  await mlp.click();
  await expect(page.locator("#layers figcaption").first()).toHaveText("384 neurons");
  await expect(page.locator("#answer")).toHaveText("5");
});

test("a corrected drawing is kept, survives a reload, and comes out as data to train with", async ({
  page,
}, info) => {
  await open(page);
  await write(page, 4);
  await page.getByRole("button", { name: "It is really 9" }).click();
  await expect(page.locator("#stored")).toContainText("1 drawing kept here");
  await page.reload();
  await expect(page.locator("#stored")).toContainText("1 drawing kept here");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "download" }).click(),
  ]);
  const file = info.outputPath("digits.zip");
  await download.saveAs(file);
  const python = join(import.meta.dirname, "../../.venv/bin/python");
  const script = `
import sys; from inkdigit.data import source; from inkdigit.errors import BadInput
for part in ("train", "test"):
    try: data = source.load(sys.argv[1], part=part); print(data.labels.tolist(), data.images.shape, data.images.max() > 200)
    except BadInput: pass
`;
  expect(execFileSync(python, ["-c", script, file], { encoding: "utf8" })).toBe("[9] (1, 28, 28) True\n");
  await page.getByRole("button", { name: "forget" }).click();
  await expect(page.locator("#stored")).toHaveText("Forgotten.");
});

test("the first load is small", async ({ page }) => {
  await open(page);
  const bytes = await page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .filter((entry) => !entry.name.includes("/models/"))
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).decodedBodySize, 0),
  );
  expect(bytes).toBeGreaterThan(100_000); // the typeface alone
  expect(bytes).toBeLessThan(700_000);
});

test("what is installed has a name, a start and icons", async ({ request }) => {
  const manifest = await (await request.get("manifest.webmanifest")).json();
  expect(manifest).toMatchObject({ name: "inkdigit", start_url: "./", display: "standalone" });
  for (const { src } of manifest.icons) expect((await request.get(src)).status()).toBe(200);
  const committed = readFileSync(join(import.meta.dirname, "../public/icon-192.png"));
  expect((await request.get("icon-192.png")).headers()["content-length"]).toBe(String(committed.length));
});

test.describe("with its files kept", () => {
  test.use({ serviceWorkers: "allow" });

  test("no request leaves the page while one draws, and the browser's rules are kept", async ({ page }) => {
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await open(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await write(page, 8);
    await expect(page.locator("#answer")).toHaveText("8");
    await expect(page.locator("#lens-title")).toHaveText(/^Why an eight/);
    expect([requests, complaints]).toEqual([[], []]);
  });

  test("the page opens and reads without a network, once it was loaded", async ({ page, context }) => {
    await open(page);
    await expect(page.locator("#offline")).toHaveText("This page also opens without a network.");
    await context.setOffline(true);
    await page.reload();
    await page.locator(".reader").nth(1).waitFor();
    await write(page, 6);
    await expect(page.locator("#answer")).toHaveText("6");
  });
});
