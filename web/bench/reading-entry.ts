/** What `reading.mjs` measures. */

export { plainEngine, simdEngine } from "../src/network/onnx/engine";
export { readReadingNetwork } from "../src/network/onnx/network";
