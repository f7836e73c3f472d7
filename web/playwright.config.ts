import { defineConfig } from "@playwright/test";

// One for each run, so that runs side by side have a server each; the workers, which read this file too, inherit it.
process.env.INKDIGIT_E2E_PORT ??= String(20_000 + (process.pid % 20_000));
const PORT = process.env.INKDIGIT_E2E_PORT;

/** The page as `inkdigit serve` serves it, in Debian's Chromium. What is marked @all is left to `npm run e2e:all`. */
export default defineConfig({
  testDir: "e2e",
  timeout: 90_000, // of a test; nothing waits for so long but for a machine that is busy
  expect: { timeout: 30_000 },
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  reporter: "line",
  use: {
    baseURL: `http://127.0.0.1:${PORT}/`,
    locale: "en-US",
    contextOptions: { reducedMotion: "reduce" }, // nothing to see, and nothing to wait for
    serviceWorkers: "block", // each page would fetch all files once more; the tests of it allow it
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  webServer: {
    command: `../.venv/bin/inkdigit serve --port ${PORT}`,
    url: `http://127.0.0.1:${PORT}/readyz`,
    reuseExistingServer: false,
    stderr: "ignore", // a line for each request
    timeout: 60_000,
  },
});
