import { rowDefines } from '../src/kernels/recurrence/recurrence_loops.js';

/** Rows of a persistent recurrence, and lanes that share a unit's sums. */
export const rowsAndParts = [
  [1, 1],
  [2, 1],
  [4, 1],
  [8, 1],
  [1, 2],
  [4, 2],
  [2, 4],
  [8, 4],
] as const;

/** The same as defines. */
export const persistentRows = rowsAndParts.map(([rows, parts]) => rowDefines(rows, parts));
