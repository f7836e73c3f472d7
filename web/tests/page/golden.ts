/** The golden file of the stages behind the reading networks. */

import type { Bytes } from "../../src/imgproc/planes";
import type { RotatedBox } from "../../src/page/boxes";
import type { Box, Cell } from "../../src/types";
import { inflated, vectors } from "../vectors";

interface Levels {
  readonly height: number;
  readonly width: number;
  readonly levels: string;
}

export interface Floats {
  readonly shape: readonly number[];
  readonly floats: string;
}

type Row = readonly [x: number, y: number, width: number, height: number, angle: number];

interface Character {
  readonly text: string;
  readonly confidence: number;
  readonly unsure: boolean;
  readonly box: Box;
}

interface GoldenNumber extends Character {
  readonly cell: Cell | null;
  readonly characters: readonly Character[];
}

interface Golden {
  readonly stages: {
    readonly maps: Floats;
    readonly detections: readonly (readonly [...Row, score: number])[];
    readonly turned: readonly (readonly [...Row, score: number])[];
    /** Of the page of one number, of which the detector sees the first rows and columns of `maps`. */
    readonly direction: number;
    readonly walls: Floats;
    readonly boxes: readonly Row[];
    readonly cells: readonly (Cell | null)[];
    /** Of each its rows and its columns. */
    readonly grids: readonly (readonly [readonly number[], readonly number[]])[];
    readonly spots: readonly { readonly places: readonly number[]; readonly angle: number }[];
    readonly parted: readonly (readonly [...Row, score: number])[];
    readonly lines: readonly (readonly number[])[];
    readonly logits: Floats;
    readonly characters: readonly (readonly [string, number, number, number])[];
    readonly looks: readonly Floats[];
    readonly best: { readonly text: string; readonly probability: number };
    readonly probability: number;
    /** Of each its text and its confidence, where the detector is as sure of the line as `score`. */
    readonly numbers: readonly (readonly [text: string, confidence: number])[];
    readonly score: number;
    readonly cuts: readonly Row[];
    readonly strips: readonly Levels[];
  };
  readonly pages: readonly {
    readonly name: string;
    readonly angle: number;
    readonly picture: Levels;
    readonly page: {
      readonly rotation: number;
      readonly note: string | null;
      readonly lines: readonly (readonly GoldenNumber[])[];
    };
  }[];
}

export const { stages, pages } = vectors<Golden>("reading.json");

export function levelsOf({ width, height, levels }: Levels): Bytes {
  return { width, height, data: inflated(levels) };
}

export function floatsOf({ floats }: Floats): Float32Array {
  return new Float32Array(inflated(floats).slice().buffer);
}

export function boxOf([x, y, width, height, angle]: Row): RotatedBox {
  return { x, y, width, height, angle };
}
