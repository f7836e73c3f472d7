/** Made by tests/vectors/make_constants.py of the Python modules so called, which say what each is for. */

export const frame = {
  SIDE: 28,
  BOX: 20,
  PAPER: 0.00196078431372549,
  LOWEST_CENTRE: 13.4999,
  STEEPEST: 0.2,
  INKED: 0.1,
  PALE: 0.85,
  USUAL: 0.98,
} as const;

export const architectures = {
  ALPHABET: "0123456789.,-/: ?",
  SIGNS: ".,-/:",
  GAP: " ",
  MARK: "?",
  BLANK: 17,
  STRIP: 40,
  STEP: 4,
  NUMBERS: 0,
  OTHER: 1,
  WALLS: 2,
  COSINE: 3,
  SINE: 4,
  PYRAMID: 16,
} as const;

export const detect = {
  LONGEST: 1280,
  SHORTEST: 96,
  LIKELY: 0.5,
  SHRUNK: 0.14,
  LEAST: 8.0,
  MOST: 110.0,
  LARGE: 20.0,
  SMALLER: 0.03,
  ELONGATED: 2.0,
  ASTRAY: 0.5235987755982988,
  AGREED: 0.026179938779914945,
  ASKEW: 0.12217304763960307,
  LONG: 4.0,
  LEAST_SCORE: 0.6,
  COVERED: 0.4,
  FLOOR: 8.0,
} as const;

export const strips = {
  ENDS: 0.3,
  LOOKS: [
    [0.2, 1.0],
    [0.32, 1.12],
    [0.12, 0.92],
  ],
  LONGEST: 1600,
  DARKEST: 2,
  PAPER: 75,
  LEAST_CONTRAST: 12.0,
} as const;

export const cells = {
  LIKELY: 0.5,
  LONG: 0.4,
  NARROW: 1.6,
  BROAD: 7,
  LEAST_SIDE: 4,
} as const;

export const parting = {
  NEAR: 0.1,
  LEVEL: 0.35,
  ALIKE: 0.6,
  END: 0.5,
  APART: 0.8,
  EVEN: 0.25,
} as const;

export const lines = {
  SAME: 0.5,
} as const;

export const numbers = {
  INK: 0.4,
  EDGE: 0.15,
  REACH: 0.6,
} as const;

export const reading = {
  BLANK: "blank",
  NO_DIGITS: "no digits",
  PLAIN: 40.0,
} as const;

export const turning = {
  MORE: 1.5,
  STRIP: 2.0,
  LITTLE: 12,
} as const;

export const card = {
  METADATA_KEY: "inkdigit",
  NEWEST_FORMAT: 1,
  FRAMING: 1,
  DIGITS: "0123456789",
  CLASSES: ["0123456789", "0123456789-"],
  LONGEST_CARD: 65536,
  LONGEST_TEXT: 1000,
  LARGEST_COUNT: 9007199254740992,
} as const;

export const thresholds = {
  number: 0.8,
  character: 0.5,
  detected: 0.85,
  marked: 0.9,
  again: 0.98,
  temperature: 1.0,
} as const;
