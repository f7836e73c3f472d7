import { expect, it } from "vitest";
import { cached } from "../../src/network/cached";
import { frames, open } from "./fixtures";

it("gives the run it had of the same frame, and a new one of another", () => {
  const network = cached(open("mlp"));
  const run = network.run(frames[0]);
  expect(network.run(frames[0].slice())).toBe(run);
  expect(network.run(frames[1])).not.toBe(run);
  expect(network.run(frames[1])).toEqual(open("mlp").run(frames[1]));
});

it("does not take a frame that was drawn on for what it was", () => {
  const network = cached(open("mlp"));
  const frame = frames[0].slice();
  const run = network.run(frame);
  frame.set(frames[1]);
  expect(network.run(frame)).not.toBe(run);
});

it("forgets the oldest", () => {
  const network = cached(open("mlp"));
  const run = network.run(frames[0]);
  for (const frame of frames.slice(1, 40)) network.run(frame);
  expect(network.run(frames[0])).not.toBe(run);
});
