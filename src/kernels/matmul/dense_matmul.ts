import {
  defineKernel,
  tiles,
  type Defines,
  type ElementType,
  type ScalarType,
  type Values,
} from '../descriptor.js';

/** What sets one variant of the dense product apart from the others. */
export interface DenseVariant<C extends Values, D extends Defines> {
  /** How the shader reads a: in fours unless given. */
  readonly a?: ElementType;
  /** Override constants beside ROW_LANES and COLUMN_LANES. */
  readonly constants?: C;
  /** Defines beside those of every dense product. */
  readonly defines?: D;
  /** What it needs of a device, and says to use it. */
  readonly feature?: { readonly name: string; readonly enables: string };
  /** Rows and columns of out that a workgroup computes. */
  readonly tile: (constants: Values, defines: Defines) => readonly [rows: number, columns: number];
}

const baseConstants: Readonly<Record<'ROW_LANES' | 'COLUMN_LANES', number>> = {
  ROW_LANES: 8,
  COLUMN_LANES: 8,
};

const baseDefines: Readonly<
  Record<'BIAS' | 'DROPOUT' | 'GATED', number> &
    Record<'A_REAL' | 'B_REAL' | 'OUT_REAL', ScalarType>
> = { BIAS: 0, DROPOUT: 0, GATED: 0, A_REAL: 'f32', B_REAL: 'f32', OUT_REAL: 'f32' };

/** An 8 x 8 tile of out a lane. */
export function registerTile({ ROW_LANES = 8, COLUMN_LANES = 8 }: Values): [number, number] {
  return [8 * ROW_LANES, 8 * COLUMN_LANES];
}

/**
 * A product of a dense layer or of its input's gradient. All variants have the same bindings,
 * uniforms and epilogue (shaders/matmul/common/matmul_epilogue.wgsl), so that one stands for another.
 */
export function denseMatmul<
  const C extends Values = Record<never, never>,
  const D extends Defines = Record<never, never>,
>(
  name: string,
  product: string,
  bShape: readonly ['n', 'k'] | readonly ['k', 'n'],
  { a = 'vec4<A_REAL>', constants, defines, feature, tile }: DenseVariant<C, D>,
) {
  return defineKernel({
    name,
    equation: `out (+)= dropout(act(${product} + bias)), or scale * ${product} where layer_output > 0`,
    bindings: {
      a: { access: 'read', type: a, shape: ['m', 'k'] },
      b: { access: 'read', type: 'vec4<B_REAL>', shape: bShape },
      bias: { access: 'read', type: 'vec4<f32>', shape: ['n'], when: 'BIAS' },
      positions: { access: 'read', type: 'vec4<u32>', shape: ['m', 4], when: 'DROPOUT' },
      layer_output: { access: 'read', type: 'vec4<OUT_REAL>', shape: ['m', 'n'], when: 'GATED' },
      out: { access: 'read_write', type: 'vec4<OUT_REAL>', shape: ['m', 'n'] },
    },
    uniforms: {
      m: 'u32',
      n: 'u32',
      k: 'u32',
      accumulate: 'u32',
      relu: 'u32',
      threshold: 'u32',
      scale: 'f32',
      stream_0: 'u32',
      stream_1: 'u32',
    },
    constants: { ...baseConstants, ...(constants as C) },
    defines: { ...baseDefines, ...(defines as D) },
    ...(feature && { feature: feature.name, enables: feature.enables }),
    workgroups: ({ m = 0, n = 0 }: Values, given: Values, chosen: Defines) => {
      const [rows, columns] = tile(given, chosen);
      return [tiles(n, columns), tiles(m, rows), 1];
    },
    flops: ({ m = 0, n = 0, k = 0 }: Values) => 2 * m * n * k,
  });
}

export type DenseMatmul = ReturnType<typeof denseMatmul>;
