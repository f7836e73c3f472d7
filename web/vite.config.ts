import { defineConfig } from "vitest/config";
import { assembly } from "./assembly.ts";

// Every address is relative: the same build is served by `inkdigit serve`, by any static host, from any folder.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/inkdigit/server/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the page's Content-Security-Policy allows files, not data: addresses
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  plugins: [assembly()],
  worker: { format: "es", plugins: () => [assembly()] },
  test: { include: ["tests/**/*.test.ts"], pool: "threads", isolate: false },
});
