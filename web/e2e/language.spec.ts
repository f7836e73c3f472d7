import { expect, test } from "@playwright/test";
import { open, write } from "./hand";

test.describe("a German browser", () => {
  test.use({ locale: "de-DE" });

  test("reads, says and corrects in German", async ({ page }) => {
    await page.goto("./");
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await expect(page).toHaveTitle(/eine Zahl schreiben/);
    await expect(page.getByLabel("Blatt zum Beschreiben")).toBeVisible();
    await page.locator(".reader").nth(1).waitFor();
    await write(page, 7);
    await expect(page.locator("#answer")).toHaveText("7");
    await expect(page.locator("#sentence")).toHaveText(/eine Sieben\.$/i);
    await expect(page.getByRole("status")).toHaveText(/eine Sieben\.$/i);
    await expect(page.locator(".probability.best .value")).toHaveText(/^(> )?\d+,\d\s%$/);
    await expect(page.locator(".reader").first()).toContainText("Faltungsnetz7");
    await expect(page.locator("#layers figcaption").first()).toHaveText("32 Filter, 26 × 26");
    await expect(page.locator("#lens-title")).toHaveText("Warum eine Sieben");
    await expect(page.locator("#lens-text")).toContainText("Quadrate in Tinte sprechen für eine Sieben");
    await page.getByRole("button", { name: "Richtig ist 1" }).click();
    await expect(page.locator("#stored")).toHaveText(/^Als 1 aufbewahrt\. 1 Zeichnung hier aufbewahrt:/);
    await page.getByRole("button", { name: "rückgängig" }).click();
    await expect(page.locator("#answer")).toBeEmpty();
    await page.setInputFiles("#file", { name: "a.png", mimeType: "image/png", buffer: Buffer.from("hello") });
    await expect(page.locator("#sentence")).toHaveText(/^Diese Datei ist kein Bild/);
  });
});

test("the language is switched without losing the drawing, and stays", async ({ page }) => {
  await open(page);
  await write(page, 7);
  await expect(page.locator("#sentence")).toHaveText(/a seven/i);
  await expect(page.getByRole("button", { name: "English" })).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page.locator("#answer")).toHaveText("7");
  await expect(page.locator("#sentence")).toHaveText(/eine Sieben/i);
  await expect(page.locator("#lens-title")).toHaveText("Warum eine Sieben");
  await expect(page.getByRole("meter", { name: "keine" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Deutsch" })).toHaveAttribute("aria-pressed", "true");
  await page.reload();
  await expect(page.locator("#invitation")).toHaveText("Hier eine Zahl schreiben.");
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.locator("#invitation")).toHaveText("Write a number here.");
});

test("a browser that keeps nothing is spoken to all the same", async ({ page }) => {
  await page.addInitScript(() =>
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new DOMException("", "SecurityError");
      },
    }),
  );
  await open(page);
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expect(page.locator("#invitation")).toHaveText("Hier eine Zahl schreiben.");
});

for (const [what, answer, said] of [
  ["a network that is damaged", { status: 200, body: "{" }, /^A network could not be opened/],
  ["a network that cannot be reached", "failed", /^The networks could not be loaded/],
] as const) {
  test(`${what} is said in one line`, async ({ page }) => {
    await page.route("**/model.json*", (route) =>
      answer === "failed" ? route.abort() : route.fulfill(answer),
    );
    await page.goto("./");
    await expect(page.locator("#sentence")).toHaveText(said);
    await page.getByRole("button", { name: "Deutsch" }).click();
    await expect(page.locator("#sentence")).toHaveText(
      /^(Ein Netz ließ sich nicht öffnen|Die Netze konnten nicht)/,
    );
  });
}
