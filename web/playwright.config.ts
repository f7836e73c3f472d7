import { defineConfig } from "@playwright/test";

const PORT = 8754;

/** The page as `inkdigit serve` serves it, in Debian's Chromium. */
export default defineConfig({
  testDir: "e2e",
  timeout: 30_000,
  workers: 1,
  retries: 0,
  reporter: "line",
  use: {
    baseURL: `http://127.0.0.1:${PORT}/`,
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
    timeout: 30_000,
  },
});
