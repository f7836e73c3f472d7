import { expect, test } from "@playwright/test";
import { DIGITS, open, type Point, strokesOf, write } from "./hand";

const answer = "#answer";

test.beforeEach(async ({ page }) => open(page));

test("the ten digits, written with the mouse, are read @all", async ({ page }) => {
  for (const digit of DIGITS.keys()) {
    await write(page, digit);
    await expect(page.locator(answer)).toHaveText(String(digit));
    await page.keyboard.press("Escape");
    await expect(page.locator(answer)).toBeEmpty();
  }
});

test("what the page reads, the package reads in a picture of the sheet", async ({ page, request }) => {
  const places = [0, 1, 2].map((i) => ({ left: 0.1 + 0.2 * i, top: 0.2, width: 0.13, height: 0.55 }));
  for (const [i, digit] of [3, 0, 8].entries()) await write(page, digit, places[i]);
  await expect(page.locator(answer)).toHaveText("308");
  await page.locator("#marks, #invitation").evaluateAll((elements) => {
    for (const element of elements) (element as HTMLElement).hidden = true;
  });
  const picture = await page.locator("#sheet").screenshot();
  const response = await request.post("v1/read", { headers: { "Content-Type": "image/png" }, data: picture });
  const { lines } = await response.json();
  expect(lines.map((line: { text: string }) => line.text.replaceAll(" ", ""))).toEqual(["308"]);
});

test("the probabilities are numbers for everybody, and those of the service", async ({ page, request }) => {
  await write(page, 4);
  await expect(page.locator(answer)).toHaveText("4");
  const shown = await page
    .getByRole("meter")
    .evaluateAll((meters) => meters.map((one) => Number(one.ariaValueNow)));
  expect(shown.reduce((sum, value) => sum + value, 0)).toBeCloseTo(100, 0);
  const frame = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("#sees")!;
    const context = canvas.getContext("2d")!;
    const side = canvas.width / 28;
    const red = Array.from({ length: 784 }, (_, i) => {
      const [x, y] = [((i % 28) + 0.5) * side, (Math.floor(i / 28) + 0.5) * side];
      return context.getImageData(x, y, 1, 1).data[0];
    });
    const [paper, ink] = [red[0], 0x1c];
    return red.map((value) => Math.min(1, Math.max(0, (paper - value) / (paper - ink))));
  });
  const rows = Array.from({ length: 28 }, (_, y) => frame.slice(28 * y, 28 * y + 28));
  const { results } = await (await request.post("v1/classify", { data: { images: [rows] } })).json();
  results[0].probabilities.forEach((probability: number, digit: number) => {
    expect(Math.abs(shown[digit] - 100 * probability)).toBeLessThan(1.5);
  });
});

test("a number is read with its signs, and its digits are the buttons", async ({ page }) => {
  const sheet = (await page.locator("#sheet").boundingBox())!;
  const line = async (from: Point, to: Point) => {
    const [first, last] = [from, to].map(([x, y]) => [sheet.x + x * sheet.width, sheet.y + y * sheet.height]);
    await page.mouse.move(first[0], first[1]);
    await page.mouse.down();
    await page.mouse.move(last[0], last[1], { steps: 5 });
    await page.mouse.up();
  };
  await line([0.1, 0.42], [0.16, 0.42]);
  await write(page, 4, { left: 0.18, top: 0.25, width: 0.15, height: 0.35 });
  await line([0.34, 0.59], [0.342, 0.592]);
  await write(page, 5, { left: 0.36, top: 0.25, width: 0.15, height: 0.35 });
  await expect(page.locator(answer)).toHaveText("-4.5");
  await expect(page.locator(answer).getByRole("button")).toHaveText(["4", "5"]);
});

test("undo, redo and clear, by button and by key", async ({ page }) => {
  await write(page, 1, { left: 0.2, top: 0.2, width: 0.1, height: 0.6 });
  await write(page, 7, { left: 0.5, top: 0.2, width: 0.2, height: 0.6 });
  await expect(page.locator(answer)).toHaveText("17");
  await page.getByRole("button", { name: "undo" }).click();
  await expect(page.locator(answer)).toHaveText("1");
  await page.keyboard.press("Control+y");
  await expect(page.locator(answer)).toHaveText("17");
  await page.getByRole("button", { name: "clear" }).click();
  await expect(page.locator(answer)).toBeEmpty();
  await expect(page.getByRole("button", { name: "clear" })).toBeDisabled();
  await page.keyboard.press("Control+z");
  await expect(page.locator(answer)).toHaveText("17");
  await page.keyboard.press("Control+Shift+z");
  await expect(page.locator(answer)).toBeEmpty();
});

test("an empty sheet has no answer, a scribble none that is sure", async ({ page }) => {
  await expect(page.locator("#sentence")).toBeEmpty();
  const sheet = (await page.locator("#sheet").boundingBox())!;
  await page.mouse.move(sheet.x + 300, sheet.y + 200);
  await page.mouse.down();
  for (let i = 0; i < 60; i++) {
    await page.mouse.move(sheet.x + 300 + 150 * Math.sin(i * 2.1), sheet.y + 230 + 120 * Math.cos(i * 1.3));
  }
  await page.mouse.up();
  await expect(page.locator("#sentence")).toContainText(/unsure|no digits/i);
});

test("a pen presses its line broader, and the hand beside it leaves none", async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  const timestamp = Date.now() / 1000; // of the pen and the hand alike, however slowly the test is run
  const draw = async (x: number, force: number) => {
    const at = { x, button: "left", pointerType: "pen", force, clickCount: 1, timestamp } as const;
    await session.send("Input.dispatchMouseEvent", { ...at, type: "mousePressed", y: 150 });
    for (let y = 160; y < 400; y += 10) {
      await session.send("Input.dispatchMouseEvent", { ...at, type: "mouseMoved", y, buttons: 1 });
    }
    await session.send("Input.dispatchMouseEvent", { ...at, type: "mouseReleased", y: 400 });
  };
  const inkAt = (x: number) =>
    page.evaluate((left) => {
      const canvas = document.querySelector<HTMLCanvasElement>("#sheet")!;
      const { data } = canvas.getContext("2d")!.getImageData(left - 30, 300, 60, 1);
      return data.filter((value, i) => i % 4 === 3 && value > 200).length;
    }, x);
  await draw(200, 0.1);
  await draw(400, 0.95);
  expect(await inkAt(400)).toBeGreaterThan(1.5 * (await inkAt(200)));
  await session.send("Input.dispatchTouchEvent", {
    type: "touchStart",
    timestamp,
    touchPoints: [{ x: 600, y: 300 }],
  });
  await session.send("Input.dispatchTouchEvent", {
    type: "touchMove",
    timestamp,
    touchPoints: [{ x: 600, y: 350 }],
  });
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", timestamp, touchPoints: [] });
  expect(await inkAt(600)).toBe(0);
});

test.describe("by touch", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 }, deviceScaleFactor: 3 });

  test("a digit is read, and the page does not scroll away under the finger", async ({ page }) => {
    const session = await page.context().newCDPSession(page);
    for (const stroke of await strokesOf(page, 5, { left: 0.25, top: 0.2, width: 0.5, height: 0.6 })) {
      for (const [i, [x, y]] of stroke.entries()) {
        await session.send("Input.dispatchTouchEvent", {
          type: i ? "touchMove" : "touchStart",
          touchPoints: [{ x, y }],
        });
      }
      await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    }
    await expect(page.locator(answer)).toHaveText("5");
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });

  test("turning the device keeps the drawing", async ({ page }) => {
    await write(page, 3, { left: 0.5, top: 0.2, width: 0.4, height: 0.7 });
    await expect(page.locator(answer)).toHaveText("3");
    await page.setViewportSize({ width: 740, height: 360 });
    await expect(page.locator(answer)).toHaveText("3");
    await page.setViewportSize({ width: 360, height: 740 });
    await expect(page.locator(answer)).toHaveText("3");
  });
});
