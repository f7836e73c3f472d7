/**
 * What a line says: the characters of the likeliest text, where each stands, and how sure each and all of them are.
 *
 * In: the logits of the line recognizer for one strip. Out: characters with their places and probabilities, and the
 * probability of the whole text summed over all alignments. Knows nothing of pictures. The twin of `page/decode.py`.
 */

import { architectures } from "../constants";
import { largestAt, logAdd } from "../imgproc/numeric";
import type { Maps } from "../types";

const { ALPHABET, BLANK } = architectures;

/** For each place of a line the logarithm of each class's probability. */
export type LogProbabilities = readonly Float64Array[];

/** A character of a line: its first and last place of the output, and how likely it is as far as these tell. */
export interface Decoded {
  readonly text: string;
  readonly first: number;
  readonly last: number;
  readonly probability: number;
}

/** The logarithm of each class's probability at each place, after dividing the logits by a temperature. */
export function logProbabilities({ columns, channels, data }: Maps, temperature: number): LogProbabilities {
  return Array.from({ length: columns }, (_, place) => {
    const logits = Float64Array.from(
      data.subarray(place * channels, (place + 1) * channels),
      (x) => x / temperature,
    );
    const most = Math.max(...logits);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
    return logits.map((logit) => logit - most - Math.log(sum));
  });
}

/** The characters along the likeliest class of each place, repeated ones once and blanks left out. */
export function charactersOf(logP: LogProbabilities): Decoded[] {
  const found: Decoded[] = [];
  const best = logP.map(largestAt);
  for (let first = 0, last = 0; first < best.length; first = last + 1) {
    for (last = first; best[last + 1] === best[first]; ) last++;
    if (best[first] === BLANK) continue;
    const most = Math.max(...logP.slice(first, last + 1).map((place) => place[best[first]]));
    found.push({ text: ALPHABET[best[first]], first, last, probability: Math.exp(most) });
  }
  return found;
}

/** The probability of a text, all its alignments together (Graves et al., 2006, section 4.1). */
export function textProbability(logP: LogProbabilities, text: string): number {
  // A blank before, between and behind the characters.
  const states = [BLANK as number, ...[...text].flatMap((one) => [ALPHABET.indexOf(one), BLANK])];
  const never = Number.NEGATIVE_INFINITY;
  let alpha = states.map((state, i) => (i < 2 ? logP[0][state] : never));
  for (const place of logP.slice(1)) {
    alpha = states.map((state, i) => {
      // From two states before, only where a blank between two different characters is passed over.
      const isSkipped = i >= 2 && state !== BLANK && state !== states[i - 2];
      const before = logAdd(alpha[i], i >= 1 ? alpha[i - 1] : never);
      return logAdd(before, isSkipped ? alpha[i - 2] : never) + place[state];
    });
  }
  return Math.exp(alpha.slice(-2).reduce(logAdd));
}
