import { expect, test } from "vitest";
import { History } from "../../src/drawing/history";

test("what is undone can be done again, until something new is done", () => {
  const history = new History("");
  for (const state of ["a", "ab", "abc"]) history.push(state);
  history.undo();
  history.undo();
  expect(history.present).toBe("a");
  history.redo();
  expect(history.present).toBe("ab");
  history.push("abx");
  expect(history.canRedo).toBe(false);
  history.undo();
  expect(history.present).toBe("ab");
});

test("before the first and after the last there is nothing", () => {
  const history = new History(1);
  history.undo();
  history.redo();
  expect([history.present, history.canUndo, history.canRedo]).toEqual([1, false, false]);
});
