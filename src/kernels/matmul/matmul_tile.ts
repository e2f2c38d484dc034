import { ShaderError } from '../../core/errors.js';
import type { Defines, Values } from '../descriptor.js';

/** Override constants and defines of shaders/matmul/common/matmul_tile.wgsl. */
export const tileConstants = { DEPTH: 16, BUFFERS: 1 } as const;
/** UNROLL: the loop over DEPTH has a constant trip count, for graphics cards. */
export const tileDefines = { MICRO: 8, UNROLL: 0 } as const;

function sidesOf({ ROW_LANES = 8, COLUMN_LANES = 8 }: Values, { MICRO = 8 }: Defines) {
  return [Number(MICRO) * ROW_LANES, Number(MICRO) * COLUMN_LANES] as const;
}

/** Bytes of workgroup memory that a product with staged tiles takes. */
export function stagedTileBytes(constants: Values, defines: Defines): number {
  const [rows, columns] = sidesOf(constants, defines);
  const { DEPTH = tileConstants.DEPTH, BUFFERS = tileConstants.BUFFERS } = constants;
  return 4 * BUFFERS * DEPTH * (rows + columns + 8);
}

/** What keeps a product with staged tiles from taking these values; undefined where nothing does. */
export function stagedTileProblem(constants: Values, defines: Defines): string | undefined {
  const [rows, columns] = sidesOf(constants, defines);
  const { DEPTH = tileConstants.DEPTH, ROW_LANES = 8, COLUMN_LANES = 8 } = constants;
  if (defines['MICRO'] !== 4 && defines['MICRO'] !== 8) return 'MICRO is neither 4 nor 8';
  if (DEPTH < 4 || DEPTH % 4 !== 0) return `DEPTH ${DEPTH} is no multiple of 4`;
  // a lane holds two blocks of 4 x 4 of the tiles that come next
  const blocks = ((rows + columns) * DEPTH) / 16;
  const most = 2 * ROW_LANES * COLUMN_LANES;
  return blocks > most
    ? `DEPTH ${DEPTH} is too much for ${ROW_LANES} x ${COLUMN_LANES} lanes`
    : undefined;
}

/** Rows and columns of out that a workgroup computes; throws ShaderError for values that do not go. */
export function stagedTile(constants: Values, defines: Defines): readonly [number, number] {
  const problem = stagedTileProblem(constants, defines);
  if (problem !== undefined) throw new ShaderError(`tiled product: ${problem}`);
  return sidesOf(constants, defines);
}
