import { cells } from '../core/cells.js';
import {
  functionalsScopes,
  MOST_RECURRENT,
  MOST_SUBSAMPLED,
  poolings,
  subsamplings,
} from '../core/choices.js';
import { flag, integer, listOf, object, oneOf, real, text } from '../core/schema.js';

export { functionalsScopes, MOST_RECURRENT, MOST_SUBSAMPLED, poolings };

/** More than any sweep's workgroup memory holds; each is written into a shader, as a 32-bit integer. */
const MOST_OFFSETS = 1024;
const FARTHEST_OFFSET = 2 ** 31 - 1;

/** Distinct steps back, at least one. */
const offsets = listOf(integer(1).max(FARTHEST_OFFSET, `an integer up to ${FARTHEST_OFFSET}`))
  .refine(
    (steps) => steps.length > 0 && new Set(steps).size === steps.length,
    'a list of distinct integers from 1 up',
  )
  .refine((steps) => steps.length <= MOST_OFFSETS, `a list of at most ${MOST_OFFSETS} integers`);

/**
 * The fields of a model configuration, each with what it may be; settings of a run take some.
 *
 * @internal
 */
export const modelFields = {
  frontendUnits: integer(1),
  cell: oneOf(cells),
  units: integer(1),
  bidirectional: flag(),
  offsets,
  period: integer(1),
  /** One on the other. */
  recurrentLayers: integer(1).max(MOST_RECURRENT, `an integer from 1 to ${MOST_RECURRENT}`),
  /** Frames that become one in subsampling. */
  by: integer(1).max(MOST_SUBSAMPLED, `an integer from 1 to ${MOST_SUBSAMPLED}`),
  how: oneOf(subsamplings),
  pooling: oneOf(poolings),
  dropout: real({ from: 0, under: 1 }),
  task: text(),
  hidden: integer(0),
  weight: real({ from: 0 }),
  /** Of the gradient that a head passes on. */
  reversal: real({ from: 0 }),
  classWeights: listOf(real({ from: 0 })),
  labelSmoothing: real({ from: 0, to: 1 }),
} as const;

const { cell, units, bidirectional, period } = modelFields;

/**
 * What a recurrent layer holds in a configuration.
 *
 * @internal
 */
export const recurrentFields = { cell, units, bidirectional, offsets, period } as const;

/**
 * A recurrent layer as alstm-model-1 has it.
 *
 * @internal
 */
export const recurrentSchema = object(recurrentFields);

/**
 * The branch for functionals in a configuration.
 *
 * @internal
 */
export const functionalsSchema = object({
  units: integer(1),
  scope: oneOf(functionalsScopes).default('frames'),
});
