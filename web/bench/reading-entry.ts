/** What `reading.mjs` measures. */

export { thresholds } from "../src/constants";
export { greyOf } from "../src/imgproc/grey";
export { plainEngine, simdEngine } from "../src/network/onnx/engine";
export { readReadingNetwork } from "../src/network/onnx/network";
export { drawingReader } from "../src/page/drawing";
export { readPage } from "../src/page/reading";
