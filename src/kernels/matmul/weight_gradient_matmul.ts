import { defineKernel, tiles, type Defines, type Values } from '../descriptor.js';

/** What sets one variant of the weight gradient's product apart from the others. */
export interface WeightGradientVariant<C extends Values, D extends Defines> {
  /** Override constants beside ROW_LANES and COLUMN_LANES. */
  readonly constants?: C;
  /** Defines beside those of every such product. */
  readonly defines?: D;
  /** What it needs of a device, and says to use it. */
  readonly feature?: { readonly name: string; readonly enables: string };
  /** Rows and columns of out that a workgroup computes for a slice. */
  readonly tile: (constants: Values, defines: Defines) => readonly [rows: number, columns: number];
}

/** A product for the gradient of weights; all variants have the same bindings and uniforms. */
export function weightGradientMatmul<
  const C extends Values = Record<never, never>,
  const D extends Defines = Record<never, never>,
>(name: string, { constants, defines, feature, tile }: WeightGradientVariant<C, D>) {
  return defineKernel({
    name,
    equation: 'out[s] = a^T b over the rows of slice s',
    bindings: {
      // of each row its own columns alone
      a: {
        access: 'read',
        type: 'vec4<A_REAL>',
        shape: ['rows', 'a_stride'],
        moves: ({ rows = 0, m = 0 }: Values) => rows * m,
      },
      b: {
        access: 'read',
        type: 'vec4<B_REAL>',
        shape: ['rows', 'b_stride'],
        moves: ({ rows = 0, n = 0 }: Values) => rows * n,
      },
      positions: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4], when: 'PREVIOUS' },
      out: { access: 'read_write', type: 'vec4<f32>', shape: ['slices', 'm', 'n'] },
    },
    uniforms: {
      rows: 'u32',
      m: 'u32',
      n: 'u32',
      a_stride: 'u32',
      a_first: 'u32',
      b_stride: 'u32',
      b_first: 'u32',
      slices: 'u32',
      direction: 'u32',
    },
    constants: { ROW_LANES: 8, COLUMN_LANES: 8, ...(constants as C) },
    defines: { PREVIOUS: 0, A_REAL: 'f32', B_REAL: 'f32', ...(defines as D) },
    ...(feature && { feature: feature.name, enables: feature.enables }),
    workgroups: ({ m = 0, n = 0, slices = 0 }: Values, given: Values, chosen: Defines) => {
      const [rows, columns] = tile(given, chosen);
      return [tiles(n, columns), tiles(m, rows), slices];
    },
    flops: ({ rows = 0, m = 0, n = 0 }: Values) => 2 * rows * m * n,
  });
}

export type WeightGradientMatmul = ReturnType<typeof weightGradientMatmul>;
