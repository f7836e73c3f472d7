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

export const components = {
  INK: 0.4,
  SMALLEST: 3,
  ENCLOSED: 3,
  WORTH: 0.1,
  MOST: 3000,
} as const;

export const cuts = {
  WORKING_HEIGHT: 24,
  SIDESTEP: 0.12,
  NARROWEST: 0.4,
  LOWEST: 0.3,
  DEAREST: 0.62,
  CUTS: 4.5,
  NEXT: 0.08,
  LEVEL: 0.4,
  SEEN: 0.3,
  MARGIN: 0.1,
  SAME: 0.0001,
} as const;

export const lattice = {
  LONGEST: 6,
  APART: 0.3,
  UNLIKELY: -5.0,
  WEIGHT: 0.6,
  MOSTLY_NONE: 1.0,
  SUREST: 0.001,
  SAME: 0.5,
} as const;

export const lines = {
  TALL: 0.45,
  REACH: 4.0,
  OVERLAP: 0.4,
  MISFIT: 0.55,
  NEAR: 0.8,
  STEEPEST: 0.2,
} as const;

export const loops = {
  SMALLEST: 0.12,
  MOST: 4.0,
} as const;

export const numbers = {
  UNSURE: 0.5,
  GAP: 0.6,
  WIDE: 2.0,
  ROOM: 0.3,
} as const;

export const paper = {
  COARSE: 200,
  STROKE: 0.2,
  WIDE: 0.35,
  MARGIN: 3.0,
  DARKEST_PAPER: 0.2,
  LOW: 0.4,
  FAINTEST: 0.08,
  LIGHT: 0.85,
  INKED: 0.8,
  DARK: 0.5,
  LITTLE: 0.001,
  NOISE: 1.5,
  PEN: 0.998,
  AROUND: 9,
  GREY: 8,
  STEP: 4,
} as const;

export const priors = {
  WIDEST: 1.7,
  TALLEST: 3.0,
  LARGER: 0.4,
  SMALLER: 0.6,
  USUAL: 0.7,
  USUAL_ONE: 0.55,
  WIDER: 0.4,
  NARROWER: 0.6,
  DROPPED: -0.3,
  STEEP: 10.0,
  DOT: 0.25,
  WHOLE: 0.75,
  FLAT: 0.4,
  TOUCHING: -1.5,
  STICKING: 8.0,
} as const;

export const ruling = {
  INK: 0.3,
  LONG: 6.0,
  COVERED: 0.75,
  SHORTEST: 1.5,
  WHOLLY: 0.9,
  THIN: 0.2,
  STEEPEST: 0.06,
  LONE: 0.6,
  EDGE: 0.75,
} as const;

export const segment = {
  PIXELS: 2000000,
  LOW: 24,
  TALL: 64,
  WORKING: 40,
  SETTLED: 0.9,
  LEAST_CONFIDENCE: 0.42,
  MOST_DOUBTS: 0.8,
  BLANK: "blank",
  NO_DIGITS: "no digits",
  MOST_CUT: 500,
} as const;

export const strays = {
  SPECK: 0.012,
  TALLEST: 4.0,
  SLIVER: 0.4,
  RULE: 3.5,
  SLIM: 0.1,
  SOLID: 0.5,
  BROAD: 4.0,
  FINE_AT_EDGE: 0.6,
  BROAD_AT_EDGE: 1.8,
} as const;

export const turn = {
  SAMPLE: 64,
  LEAST_SIZE: 0.6,
  MOST_SIZE: 1.6,
  SURE: 0.75,
  LEAST: 0.03,
  PRIOR: 4.0,
  EACH: 0.5,
  STRIP: 1.6,
  LAYOUT: 0.5,
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
