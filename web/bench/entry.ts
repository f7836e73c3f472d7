/** What `images.mjs` measures, and the golden files it measures on. */

export { readInk, readPicture } from "../src/images/segment";
export { classify, exampleOf, inkOf, reading } from "../tests/images/reading";
export { inflated, planeOf, vectors } from "../tests/images/vectors";
