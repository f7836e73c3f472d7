import { expect, test } from "@playwright/test";
import { open, write } from "./hand";

test.beforeEach(async ({ page }) => open(page));

const press = async (page: import("@playwright/test").Page, key: string, times: number) => {
  for (let i = 0; i < times; i++) await page.keyboard.press(key);
};

test("a seven is written with the arrow keys", async ({ page }) => {
  await page.keyboard.press("Tab");
  await expect(page.locator("#sheet")).toBeFocused();
  await page.keyboard.press("Space");
  await press(page, "ArrowRight", 10);
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press("ArrowDown");
    if (i % 3 === 0) await page.keyboard.press("ArrowLeft");
  }
  await page.keyboard.press("Space");
  await expect(page.locator("#answer")).toHaveText("7");
  await expect(page.getByRole("status")).toHaveText(/A seven/);
});

test("every control can be reached by Tab, in the order of reading", async ({ page }) => {
  await write(page, 4);
  await expect(page.locator("#answer")).toHaveText("4");
  await page.locator("#sheet").focus();
  const reached: string[] = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const one = document.activeElement!;
      const name = one.id || one.getAttribute("aria-label") || one.getAttribute("value") || one.textContent;
      return one === document.body ? "" : (name ?? "");
    });
    if (!name || reached.includes(name)) break;
    reached.push(name);
  }
  expect(reached.slice(0, 3)).toEqual(["undo", "clear", "choose"]);
  expect(reached.filter((name) => name.startsWith("It is really"))).toHaveLength(10);
  expect(reached.some((name) => name.includes("filters"))).toBe(true);
});

test("a neuron is picked with the arrow keys, and says what it looks with", async ({ page }) => {
  await page.getByRole("radio", { name: /perceptron/ }).check();
  await write(page, 4);
  await expect(page.locator("#answer")).toHaveText("4");
  const hidden = page.getByRole("slider", { name: /384 neurons/ });
  await hidden.focus();
  await press(page, "ArrowRight", 3);
  await expect(hidden).toHaveAttribute("aria-valuenow", "3");
  await expect(page.locator("#lens-title")).toHaveText("neuron 3 of hidden 1");
  await expect(page.locator("#lens-text")).toContainText("it looks for ink there");
  await page.getByRole("button", { name: "back to why" }).click();
  await expect(page.locator("#lens-title")).toHaveText("Why a four");
});

test("a four is held against any other digit", async ({ page }) => {
  await page.getByRole("radio", { name: /perceptron/ }).check();
  await write(page, 4);
  await expect(page.locator("#lens-title")).toHaveText("Why a four");
  await page.getByLabel("and not this digit").selectOption("a nine");
  await expect(page.locator("#lens-text")).toContainText("squares of paper for a nine");
});
