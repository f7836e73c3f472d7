/** What `network.mjs` measures, and the networks and digits it measures on. */

export { gradientOf } from "../src/network/gradient";
export { readModel } from "../src/network/model";
export { predictionOf } from "../src/network/recognizer";
export { between } from "../src/network/why";
export {
  argmax,
  expectedOutputs,
  frames,
  index,
  largestDifference,
  modelJson,
  networks,
  shipped,
  weightBytes,
} from "../tests/network/fixtures";
