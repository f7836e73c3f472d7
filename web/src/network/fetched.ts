/** Files of networks, fetched. In: an address. Out: bytes. Knows nothing of what they hold. */

import { refuse, short } from "./json";
import { LARGEST_BYTES } from "./weights";

/** @throws BadModel The file is missing or too large. */
export async function fetched(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) refuse(short(url), `the server answered ${response.status}`);
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength > LARGEST_BYTES)
    refuse(short(url), `has ${bytes.byteLength} bytes; the limit is ${LARGEST_BYTES}`);
  return bytes;
}
