/** What `images.mjs` measures, and the golden files it measures on. */

export { readInk } from "../src/page/drawing";
export { readPicture } from "../src/page/segment";
export { classify, exampleOf, inkOf, reading } from "../tests/page/reading";
export { inflated, planeOf, vectors } from "../tests/vectors";
