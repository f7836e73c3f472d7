/** The page as a folder on a static host, in a folder of that host, with the network off. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { open, write } from "./hand";

const PORT = 8755;
const BIN = join(import.meta.dirname, "../../.venv/bin");
let folder: string;
let site: string;
let host: ChildProcess;

const exported = (...model: string[]) =>
  execFileSync(join(BIN, "inkdigit"), ["export", ...model, "--format", "site", "--out", site, "--force"], {
    stdio: "ignore",
  });

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "inkdigit-site-"));
  site = join(folder, "some/where");
  exported();
  host = spawn(join(BIN, "python"), ["-m", "http.server", String(PORT), "--directory", folder], {
    stdio: "ignore",
  });
  for (let i = 0; i < 100; i++) {
    const answers = await fetch(`http://127.0.0.1:${PORT}/`).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

test.afterAll(() => {
  host.kill();
  rmSync(folder, { recursive: true });
});

test("a site that was written anew is taken at once", async ({ page }) => {
  await open(page, `http://127.0.0.1:${PORT}/some/where/`);
  await expect(page.locator("#offline")).not.toBeEmpty();
  await expect(page.locator(".reader").first()).toContainText("convolutional network");
  exported("mlp");
  await page.reload();
  await expect(page.locator(".reader").first()).toContainText("perceptron", { timeout: 15_000 });
  exported();
});

test("any static host serves it, and once loaded it needs none", async ({ page }) => {
  const address = `http://127.0.0.1:${PORT}/some/where/`;
  await open(page, address);
  await write(page, 3);
  await expect(page.locator("#answer")).toHaveText("3");
  await expect(page.locator("#offline")).not.toBeEmpty();
  host.kill();
  await expect
    .poll(() =>
      fetch(address).then(
        () => true,
        () => false,
      ),
    )
    .toBe(false);
  await page.reload();
  await page.locator(".reader").nth(1).waitFor();
  await write(page, 8);
  await expect(page.locator("#answer")).toHaveText("8");
});
