/** Instructions of the matmul kernels. */
import {
  DROPOUT,
  numberOf,
  plus,
  times,
  bytesOf,
  type Dispatched,
  type KernelWork,
} from './kernel-work.js';
import { stagedTileBytes } from '../kernels/matmul/matmul_tile.js';

/** Sizes of a dispatch: rows and columns of out, the length of its sums, workgroups, lanes across and down. */
function sizesOf({ pass, uniforms, groups }: Dispatched) {
  const { m = 1, n = 1, k, rows = 1, slices = 1 } = uniforms;
  const { ROW_LANES = 8, COLUMN_LANES = 8, DEPTH = 16, BUFFERS = 1 } = pass.constants;
  const length = k ?? Math.ceil(rows / slices);
  const outputs = (m * n * (k === undefined ? slices : 1)) / 4;
  return {
    length,
    outputs,
    groups,
    ROW_LANES,
    COLUMN_LANES,
    lanes: ROW_LANES * COLUMN_LANES,
    DEPTH,
    BUFFERS,
  };
}

/** Of an output of four numbers: its store, and what a layer does to it. */
function epilogue({ pass: { defines } }: Dispatched) {
  return plus(
    times(1, { loads: 1, madds: 2, integer: 20 }),
    times(numberOf(defines['BIAS'], 0), { loads: 1 }),
    times(numberOf(defines['DROPOUT'], 0), { loads: 1, ...DROPOUT }),
    times(numberOf(defines['GATED'], 0), { loads: 1, madds: 1 }),
  );
}

/** Bytes of a row of k of both operands' tiles. */
function tileBytes({ pass }: Dispatched, rows: number, columns: number): number {
  return rows * bytesOf(pass, 'a') + columns * bytesOf(pass, 'b');
}

/**
 * matmul_nn, matmul_nt, matmul_outer, matmul_tn: a lane has a tile of 8 x 8 in registers. For each k it multiplies
 * 16 vec4, and loads 4: two of b and, as vec4 of four k or one by one, eight numbers of a.
 */
export function registerMatmul(own: Dispatched): KernelWork {
  const { length, outputs, groups, ROW_LANES, COLUMN_LANES, lanes } = sizesOf(own);
  const previous = numberOf(own.pass.defines['PREVIOUS'], 0);
  return {
    groups,
    lanes,
    workgroupBytes: 0,
    steps: 1,
    loop: times(lanes * length, { madds: 16 + 2 * previous, loads: 4 + previous }),
    rest: times(outputs / groups, epilogue(own)),
    barriers: 0,
    waits: 2,
    exchanges: 0,
    streamed: length * tileBytes(own, 8 * ROW_LANES, 8 * COLUMN_LANES),
    inFlight: 4 * tileBytes(own, 8, 8),
    again: false,
  };
}

/**
 * matmul_tiled, matmul_tn_tiled: tiles in workgroup memory. For each k a lane multiplies 16 vec4 and loads 4 from
 * workgroup memory (MICRO 4: 4 and 2); the next tile is loading meanwhile.
 */
export function tiledMatmul(own: Dispatched): KernelWork {
  const { length, outputs, groups, ROW_LANES, COLUMN_LANES, lanes, DEPTH, BUFFERS } = sizesOf(own);
  const micro = numberOf(own.pass.defines['MICRO'], 8);
  const [rows, columns] = [micro * ROW_LANES, micro * COLUMN_LANES];
  const stages = Math.ceil(length / DEPTH) + 1;
  // where the loop is not unrolled: its count, and the addresses
  const integer = numberOf(own.pass.defines['UNROLL'], 0) === 1 ? 0 : 4;
  const each = { ...(micro === 4 ? { madds: 4, staged: 2 } : { madds: 16, staged: 4 }), integer };
  const quads = (DEPTH * (rows + columns)) / 4;
  return {
    groups,
    lanes,
    workgroupBytes: stagedTileBytes(own.pass.constants, own.pass.defines),
    steps: stages,
    loop: times((lanes * length) / stages, each),
    // transposing a block of 4 x 4 takes as long as copying it
    rest: plus(
      times(quads, { loads: 1, staged: 1, madds: 1 }),
      times(outputs / groups / stages, epilogue(own)),
    ),
    barriers: BUFFERS > 1 ? 1 : 2,
    waits: 0,
    exchanges: 0,
    streamed: DEPTH * tileBytes(own, rows, columns),
    inFlight: (DEPTH * tileBytes(own, rows, columns)) / lanes,
    again: false,
  };
}

/**
 * matmul_subgroup (and a weight gradient like it): a subgroup sums 2 x 4 matrices; both tiles are staged, and
 * each matrix is loaded from workgroup memory once for two or four products.
 */
export function subgroupMatmul(own: Dispatched): KernelWork {
  const { length, outputs, groups, ROW_LANES, lanes, DEPTH, BUFFERS } = sizesOf(own);
  const { defines } = own.pass;
  const [M, N] = [numberOf(defines['SUB_M'], 16), numberOf(defines['SUB_N'], 16)];
  const [rows, columns] = [2 * M * ROW_LANES, 4 * N];
  const stages = Math.ceil(length / DEPTH);
  const quads = (DEPTH * (rows + columns)) / 4;
  const matrices = (DEPTH * ROW_LANES * (2 * M + 4 * N)) / 8; // vec4 of 8 halves
  return {
    groups,
    lanes,
    workgroupBytes: 2 * BUFFERS * ((rows + columns) * (DEPTH + 8)) + 4 * ROW_LANES * M * N,
    steps: stages,
    loop: times(1, { staged: matrices, matrixFlop: 2 * rows * columns * DEPTH }),
    rest: plus(
      times(quads, { loads: 1, staged: 1, madds: 1 }),
      times(outputs / groups / stages, plus(epilogue(own), times(1, { staged: 3 }))),
    ),
    barriers: BUFFERS > 1 ? 1 : 2,
    waits: BUFFERS > 1 ? 0 : 1, // with two, the next tile is loading meanwhile
    exchanges: 0,
    streamed: DEPTH * tileBytes(own, rows, columns),
    inFlight: (DEPTH * tileBytes(own, rows, columns)) / lanes,
    again: false,
  };
}
