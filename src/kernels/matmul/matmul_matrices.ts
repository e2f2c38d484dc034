import { ShaderError } from '../../core/errors.js';
import { tiles, type Defines, type Values } from '../descriptor.js';

/** Matrices of a subgroup's part of out: down, across. */
const DOWN = 2;
const ACROSS = 4;
/** Quads that spread the rows of a staged tile over the banks. */
const SPREAD = 2;

/** What shaders/matmul/common/matmul_matrices.wgsl needs of a device. */
export const matricesFeature = {
  name: 'chromium-experimental-subgroup-matrix',
  enables: 'chromium_experimental_subgroup_matrix',
} as const;

/**
 * Its override constants: COLUMN_LANES is the lanes of a subgroup, ROW_LANES the subgroups of a
 * workgroup, DEPTH a multiple of SUB_K.
 */
export const matricesConstants = {
  ROW_LANES: 4,
  COLUMN_LANES: 32,
  DEPTH: 32,
  BUFFERS: 1,
} as const;

/**
 * Its defines: SUB_M, SUB_N, SUB_K are one of the adapter's `subgroupMatrixConfigs`, LEFT_QUADS and
 * RIGHT_QUADS what `stagedQuads` gives for the rest.
 */
export const matricesDefines = {
  ...{ A_REAL: 'f16', B_REAL: 'f16' },
  ...{ SUB_M: 16, SUB_N: 16, SUB_K: 16 },
  ...{ LEFT_QUADS: 8, RIGHT_QUADS: 4 },
} as const;

/** The direction in which a staged tile is contiguous: along k, or along the rows or columns of out. */
export type Along = 'k' | 'out';

function sizesOf(constants: Values, defines: Defines) {
  const { ROW_LANES, COLUMN_LANES, DEPTH, BUFFERS } = { ...matricesConstants, ...constants };
  const { SUB_M, SUB_N, SUB_K } = { ...matricesDefines, ...defines };
  return {
    rows: DOWN * Number(SUB_M) * ROW_LANES,
    columns: ACROSS * Number(SUB_N),
    lanes: ROW_LANES * COLUMN_LANES,
    subgroups: ROW_LANES,
    sums: Number(SUB_M) * Number(SUB_N),
    k: Number(SUB_K),
    depth: DEPTH,
    buffers: BUFFERS,
  };
}

/** How many quads of each operand a lane stages. */
export function stagedQuads(constants: Values, defines: Defines) {
  const { rows, columns, lanes, depth } = sizesOf(constants, defines);
  return {
    LEFT_QUADS: tiles((rows * depth) / 4, lanes),
    RIGHT_QUADS: tiles((columns * depth) / 4, lanes),
  };
}

/** Bytes of workgroup memory that a product by subgroup matrices takes. */
export function matricesBytes(
  constants: Values,
  defines: Defines,
  left: Along,
  right: Along,
): number {
  const { rows, columns, subgroups, sums, depth, buffers } = sizesOf(constants, defines);
  const tile = (side: number, along: Along): number =>
    along === 'k' ? side * (depth / 4 + SPREAD) : depth * (side / 4 + SPREAD);
  const variables = [
    8 * buffers * tile(rows, left),
    8 * buffers * tile(columns, right),
    4 * subgroups * sums,
  ];
  return variables.reduce((total, bytes) => total + 16 * tiles(bytes, 16), 0);
}

/** What keeps a product by subgroup matrices from taking these values; undefined where nothing does. */
export function matricesProblem(constants: Values, defines: Defines): string | undefined {
  const { k, depth } = sizesOf(constants, defines);
  return depth % k === 0 ? undefined : `DEPTH ${depth} is no multiple of ${k}`;
}

/** Rows and columns of out that a workgroup computes; throws ShaderError for values that do not go. */
export function matricesTile(constants: Values, defines: Defines): readonly [number, number] {
  const wrong = Object.entries(stagedQuads(constants, defines)).find(
    ([name, count]) => defines[name] !== count,
  );
  const problem = wrong ? `${wrong[0]} is not ${wrong[1]}` : matricesProblem(constants, defines);
  if (problem !== undefined) throw new ShaderError(`product by subgroup matrices: ${problem}`);
  const { rows, columns } = sizesOf(constants, defines);
  return [rows, columns];
}
