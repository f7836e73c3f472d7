/** The page as a folder on a static host, in a folder of that host, with the network off. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect, type TestInfo } from "@playwright/test";
import { open, write } from "./hand";

const BIN = join(import.meta.dirname, "../../.venv/bin");

/** A host of a folder; it listens at a port of its own until it is shut down. */
interface Host {
  readonly address: string;
  export(...model: string[]): void;
  shutDown(): Promise<void>;
}

async function hostIn(folder: string): Promise<Host> {
  const site = join(folder, "some/where");
  const exported = (...model: string[]) =>
    execFileSync(join(BIN, "inkdigit"), ["export", ...model, "--format", "site", "--out", site, "--force"], {
      stdio: "ignore",
    });
  exported();
  const server = spawn(join(BIN, "python"), ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [said] = await once(server.stdout, "data"); // "Serving HTTP on 127.0.0.1 port 40631 ..."
  const port = /port (\d+)/.exec(String(said))![1];
  return {
    address: `http://127.0.0.1:${port}/some/where/`,
    export: exported,
    shutDown: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill();
      await once(server, "exit");
    },
  };
}

const test = base.extend<{ host: Host }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's needs from this pattern.
  host: async ({}, use, info: TestInfo) => {
    const folder = info.outputPath("host");
    const host = await hostIn(folder);
    await use(host);
    await host.shutDown();
    rmSync(folder, { recursive: true });
  },
});

test.use({ serviceWorkers: "allow" });

test("a site that was written anew is taken at once @all", async ({ page, host }) => {
  await open(page, host.address);
  await expect(page.locator("#offline")).not.toBeEmpty();
  await expect(page.locator(".reader").first()).toContainText("convolutional network");
  host.export("mlp");
  await page.reload();
  await expect(page.locator(".reader").first()).toContainText("perceptron");
});

test("any static host serves it, and once loaded it needs none", async ({ page, host }) => {
  await open(page, host.address);
  await write(page, 3);
  await expect(page.locator("#answer")).toHaveText("3");
  await expect(page.locator("#offline")).not.toBeEmpty();
  await host.shutDown();
  await page.reload();
  await page.locator(".reader").nth(1).waitFor();
  await write(page, 8);
  await expect(page.locator("#answer")).toHaveText("8");
});
