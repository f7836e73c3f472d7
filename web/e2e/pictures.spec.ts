import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { open, write } from "./hand";

const EXAMPLES = join(import.meta.dirname, "../../examples");
const truth: Record<string, string[]> = JSON.parse(readFileSync(join(EXAMPLES, "truth.json"), "utf8"));

test.beforeEach(async ({ page }) => open(page));

const PICTURES = [
  "photo.jpg",
  "amount.png",
  "digit.png",
  "sideways.png",
  "labels.png",
  "table.png",
  "cheque.jpg",
  "board.jpg",
];

for (const name of ["form.png", ...PICTURES.map((file) => `${file} @all`)]) {
  test(`is read as it was written: ${name}`, async ({ page }) => {
    const file = name.split(" ")[0];
    await page.setInputFiles("#file", join(EXAMPLES, file));
    await expect(page.locator("#answer")).toHaveText(truth[file].join("").replaceAll(" ", ""));
  });
}

test("a drawing of a cat is no number", async ({ page }) => {
  await page.setInputFiles("#file", join(EXAMPLES, "cat.png"));
  await expect(page.locator("#sentence")).toHaveText("I see no digits here.");
});

test("a picture is pasted, and undo brings the drawing back", async ({ page }) => {
  await write(page, 2);
  await expect(page.locator("#answer")).toHaveText("2");
  const bytes = [...readFileSync(join(EXAMPLES, "amount.png"))];
  await page.evaluate((content) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(content)], "amount.png", { type: "image/png" }));
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  }, bytes);
  await expect(page.locator("#answer button").nth(3)).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(page.locator("#answer")).toHaveText("2");
});

test("a file that is no picture is refused in one line, and nothing is lost", async ({ page }) => {
  await write(page, 2);
  await expect(page.locator("#answer")).toHaveText("2");
  await page.setInputFiles("#file", { name: "a.png", mimeType: "image/png", buffer: Buffer.from("hello") });
  await expect(page.locator("#sentence")).toHaveText("That file is no picture that this browser can open.");
  await expect(page.getByRole("button", { name: "clear" })).toBeEnabled();
});

test("a picture is dropped anywhere on the page", async ({ page }) => {
  const bytes = [...readFileSync(join(EXAMPLES, "digit.png"))];
  await page.evaluate((content) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(content)], "digit.png", { type: "image/png" }));
    for (const name of ["dragover", "drop"]) {
      document.body.dispatchEvent(
        new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }),
      );
    }
  }, bytes);
  await expect(page.locator("#answer")).toHaveText("7");
});
