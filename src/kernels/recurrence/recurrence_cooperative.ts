import type { Defines, Values, Workgroups } from '../descriptor.js';
import { cellDefines, recurrenceUniforms, recurrenceWorkgroups } from './recurrence_parts.js';

/** Where a cooperative workgroup has its weights. */
export type WeightPlace = 'workgroup' | 'registers' | 'streamed';

/** All of them: WEIGHTS of the shaders is the index. */
export const weightPlaces = [
  'workgroup',
  'registers',
  'streamed',
] as const satisfies readonly WeightPlace[];

/** Slots of `exchange`: two suffice, see recurrence_words. */
export const SLOTS = 2;

/** What recurrence_cooperative_forward and _backward share. */
export const cooperativeUniforms = {
  ...recurrenceUniforms,
  slices: 'u32',
  patience: 'u32',
  words: 'u32',
  probing: 'u32',
} as const;

/** MEAN: combines by equal weights. */
export const cooperativeDefines = {
  ...cellDefines,
  MEAN: 0,
  ROWS: 4,
  SLICE: 4,
  SLOTS,
  WEIGHTS: 0,
} as const;

/** A workgroup for each slice, direction and tile of rows; slices first, so that those of a tile start together. */
export function cooperativeWorkgroups(
  values: Values,
  constants: Values,
  defines: Defines,
): Workgroups {
  const [tiles, directions] = recurrenceWorkgroups(values, constants, defines);
  return [values.slices ?? 0, directions, tiles];
}

/** What the plan of a recurrence split by units says of a workgroup. */
export interface SliceTile {
  /** Utterances, a multiple of 4. */
  readonly rows: number;
  /** Units of its slice. */
  readonly units: number;
  readonly lanes: number;
}

/** Rows that a lane multiplies at a time. */
export function laneRows(rows: number): 4 | 8 {
  return rows % 8 === 0 ? 8 : 4;
}

/**
 * How recurrence_cooperative_forward splits its product among lanes: `quads` of rows each, `kept` of all units' k.
 *
 * @param units per direction, padded
 */
export function forwardShare({ rows, units: slice, lanes }: SliceTile, units: number) {
  const quads = laneRows(rows) / 4;
  const parts = Math.floor(lanes / (slice * (rows / 4 / quads)));
  return { quads, parts, kept: Math.ceil(units / parts) };
}

/**
 * How recurrence_cooperative_backward does: four units and `rows` at a time each, `kept` of the slice's units.
 *
 * @param units per direction, padded
 */
export function backwardShare({ rows, units: slice, lanes }: SliceTile, units: number) {
  const parts = Math.max(1, Math.min(slice, Math.floor(lanes / (units / 4))));
  return { rows: laneRows(rows), parts, kept: Math.ceil(slice / parts) };
}

/** Numbers of the weights that a lane keeps in registers, four gates a weight. */
export function keptWeights(way: 'forward' | 'backward', tile: SliceTile, units: number): number {
  return way === 'forward'
    ? 4 * forwardShare(tile, units).kept
    : 16 * backwardShare(tile, units).kept;
}
