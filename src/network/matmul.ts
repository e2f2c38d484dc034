import type { DispatchOptions, GraphBuilder } from '../graph/builder.js';
import type { Quantity, Tensor } from '../graph/types.js';
import { matricesTile } from '../kernels/matmul/matmul_matrices.js';
import { matmulNn } from '../kernels/matmul/matmul_nn.js';
import { matmulNt } from '../kernels/matmul/matmul_nt.js';
import { matmulOuter } from '../kernels/matmul/matmul_outer.js';
import { matmulSubgroup } from '../kernels/matmul/matmul_subgroup.js';
import { matmulTiled } from '../kernels/matmul/matmul_tiled.js';
import { matmulTn } from '../kernels/matmul/matmul_tn.js';
import { matmulTnSubgroup } from '../kernels/matmul/matmul_tn_subgroup.js';
import { matmulTnTiled } from '../kernels/matmul/matmul_tn_tiled.js';
import type { NetworkContext } from './context.js';
import { matricesOf, standIn, tilesOf } from '../plan/matmul-sizes.js';
import type { MatmulPart, MatmulPlan } from '../plan/plan.js';

/** A matmul with the weights of a dense layer, over frames or over utterances. */
export interface DenseMatmul {
  /** The part of the plan that it uses. */
  readonly part: MatmulPart;
  readonly a: Tensor;
  /** The parameter's name; over steps its working copy is read, over utterances the parameter itself. */
  readonly weight: string;
  /** The scalar that counts a's rows: `utterances`, or the steps of a time axis. */
  readonly over: string;
  /** `nt`: out = a W^T, forward; `nn`: out = a W, the gradient of the input. */
  readonly form: 'nt' | 'nn';
  readonly out: Tensor;
  readonly n: number;
  readonly k: number;
  readonly bias?: Tensor;
  readonly relu?: boolean;
  readonly dropout?: { readonly layer: number; readonly positions: Tensor } | undefined;
  /** Backpropagates through the ReLU and dropout of this output. */
  readonly gate?: Tensor | undefined;
  readonly accumulate?: boolean;
}

/** Adds a dense matmul in the variant of its plan. */
export function denseMatmul(net: NetworkContext, name: string, matmul: DenseMatmul): void {
  const { part, a, out, n, k, over, bias, gate, dropout, form } = matmul;
  const drops = dropout !== undefined && net.dropout;
  let transposed = form === 'nt';
  let b = storedWeight(net, matmul);
  const plan = variantFor(net.plan.matmul[part], a, b);
  if (transposed && plan.variant === 'outer') {
    b = net.transposedWeight(matmul.weight, n, k, b.dtype, part);
    transposed = false;
  }
  const scale = net.dropout ? 1 / (1 - net.model.dropout) : 1;
  const options = {
    part,
    bindings: {
      a,
      b,
      out,
      ...(bias && { bias }),
      ...(drops && { positions: dropout.positions }),
      ...(gate && { layer_output: gate }),
    },
    uniforms: {
      m: over,
      n,
      k,
      accumulate: matmul.accumulate ? 1 : 0,
      relu: matmul.relu ? 1 : 0,
      ...net.dropoutUniforms(dropout?.layer ?? 0),
      ...(gate && { scale }),
    } as const,
    defines: {
      BIAS: bias ? 1 : 0,
      DROPOUT: drops ? 1 : 0,
      GATED: gate ? 1 : 0,
      A_REAL: a.dtype,
      B_REAL: b.dtype,
      OUT_REAL: out.dtype,
    },
  };
  dispatchMatmul(net.builder, name, plan, transposed, options);
}

/** What a dense product's kernels are given, whichever variant it is. */
type MatmulOptions = DispatchOptions<typeof matmulNt>;

/**
 * Adds out = a b^T, or a b where b is not `transposed`, in the variant of a plan; `outer` takes no transposed b.
 *
 * @param plan not `subgroup` if an operand is in f32
 */
export function dispatchMatmul(
  builder: GraphBuilder,
  name: string,
  plan: MatmulPlan,
  transposed: boolean,
  options: MatmulOptions,
): void {
  const { k = 0, n = 0 } = options.uniforms as Readonly<Record<string, number>>;
  const lanes = { ROW_LANES: plan.rowLanes, COLUMN_LANES: plan.columnLanes };
  switch (plan.variant) {
    case 'registers':
      builder.dispatch(name, transposed ? matmulNt : matmulNn, { ...options, constants: lanes });
      return;
    case 'outer':
      builder.dispatch(name, matmulOuter, { ...options, constants: lanes });
      return;
    case 'subgroup': {
      const { constants, defines } = matricesOf(plan);
      builder.dispatch(name, matmulSubgroup, {
        ...options,
        defines: { ...options.defines, ...defines, B_TRANSPOSED: transposed ? 1 : 0 },
        constants,
      });
      return;
    }
    case 'tiled': {
      const { constants, defines } = tilesOf(plan);
      builder.dispatch(name, matmulTiled, {
        ...options,
        defines: { ...options.defines, ...defines, B_TRANSPOSED: transposed ? 1 : 0 },
        constants: { ...constants, ...(plan.unroll && { KNOWN_K: k, KNOWN_N: n }) },
      });
    }
  }
}

/** The weight as the matmul reads it. */
function storedWeight(net: NetworkContext, { over, weight }: DenseMatmul): Tensor {
  return over === 'utterances' ? net.parameter(weight) : net.weight(weight);
}

/**
 * The plan of a matmul with these operands: subgroup matrices are f16, and an operand in f32 needs another variant.
 *
 * @param operands default: in f32
 */
export function variantFor(plan: MatmulPlan, ...operands: readonly Tensor[]): MatmulPlan {
  const halves = operands.length > 0 && operands.every(({ dtype }) => dtype === 'f16');
  return plan.variant !== 'subgroup' || halves ? plan : standIn;
}

/** Some columns of a tensor with a row per frame or utterance. */
export interface MatmulOperand {
  readonly tensor: Tensor;
  readonly stride: number;
  readonly first: number;
  readonly columns: number;
}

export interface WeightGradientMatmul {
  readonly plan: MatmulPlan;
  readonly a: MatmulOperand;
  readonly b: MatmulOperand;
  readonly rows: Quantity;
  readonly slices: number;
  /** [slices, a's columns, b's columns] */
  readonly partial: Tensor;
  /** h' of the step before, in this direction, instead of row r of a. */
  readonly previous?: { readonly direction: number; readonly positions: Tensor } | undefined;
}

/** Adds the partial sums of a^T b in the variant of the plan. */
export function weightGradientMatmul(
  net: NetworkContext,
  name: string,
  { plan, a, b, rows, slices, partial, previous }: WeightGradientMatmul,
): void {
  const options = {
    part: 'weightGradient',
    bindings: {
      a: a.tensor,
      b: b.tensor,
      out: partial,
      ...(previous && { positions: previous.positions }),
    },
    uniforms: {
      rows,
      m: a.columns,
      n: b.columns,
      a_stride: a.stride,
      a_first: a.first,
      b_stride: b.stride,
      b_first: b.first,
      slices,
      direction: previous?.direction ?? 0,
    },
    defines: { PREVIOUS: previous ? 1 : 0, A_REAL: a.tensor.dtype, B_REAL: b.tensor.dtype },
  };
  if (plan.variant === 'tiled') {
    const { constants, defines } = tilesOf(plan);
    const strides = { A_STRIDE: a.stride, B_STRIDE: b.stride };
    net.builder.dispatch(name, matmulTnTiled, {
      ...options,
      defines: { ...options.defines, ...defines },
      constants: { ...constants, ...(plan.unroll && strides) },
    });
    return;
  }
  if (plan.variant === 'subgroup') {
    const { constants, defines } = matricesOf(plan);
    net.builder.dispatch(name, matmulTnSubgroup, {
      ...options,
      defines: { ...options.defines, ...defines },
      constants,
    });
    return;
  }
  const lanes = { ROW_LANES: plan.rowLanes, COLUMN_LANES: plan.columnLanes };
  net.builder.dispatch(name, matmulTn, { ...options, constants: lanes });
}

/** The plan for a weight gradient of these operands. */
export function weightGradientPlan(
  net: NetworkContext,
  a: MatmulOperand,
  b: MatmulOperand,
): MatmulPlan {
  return variantFor(net.plan.matmul.weightGradient, a.tensor, b.tensor);
}

/** Columns and rows of an output that a workgroup of a plan computes. */
export function matmulTile(plan: MatmulPlan): { rows: number; columns: number } {
  const { variant, rowLanes, columnLanes, micro = 8 } = plan;
  if (variant === 'subgroup') {
    const { constants, defines } = matricesOf(plan);
    const [rows, columns] = matricesTile(constants, defines);
    return { rows, columns };
  }
  const side = variant === 'tiled' ? micro : 8;
  return { rows: side * rowLanes, columns: side * columnLanes };
}
