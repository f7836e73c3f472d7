/** Of `assembly/convolve.ts`, built by Vite: the WebAssembly module as base64. */
declare module "virtual:convolve" {
  const base64: string;
  export default base64;
}
