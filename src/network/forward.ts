import { frameDots } from '../kernels/frame_dots.js';
import { matmulNt } from '../kernels/matmul_nt.js';
import { poolingSoftmax } from '../kernels/pooling_softmax.js';
import { poolingSum } from '../kernels/pooling_sum.js';
import { recurrenceForward } from '../kernels/recurrence_forward.js';
import { softmax } from '../kernels/softmax.js';
import type { Quantity, Tensor } from '../graph/types.js';
import {
  DROPOUT_FRONTEND,
  DROPOUT_HEADS,
  DROPOUT_RECURRENT,
  type NetworkContext,
} from './context.js';
import { pad4 } from './shape.js';

export interface HeadActivations {
  /** Absent where the head is its output layer alone. */
  readonly hidden?: Tensor;
  /** [utterances, padded classes] */
  readonly logits: Tensor;
}

/** What forward leaves for backward and for reading. */
export interface Activations {
  /** [frames, U] after ReLU and dropout. */
  readonly frontend: Tensor;
  /** [frames, directions, H, 4] gates after their activations. */
  readonly gates: Tensor;
  /** [frames, directions, stateStride] raw C and h, and combination weights. */
  readonly states: Tensor;
  /** [frames, D] the layer's output h', before dropout. */
  readonly outputs: Tensor;
  /** [frames] attention over time. */
  readonly weights: Tensor;
  /** [utterances, D] */
  readonly pooled: Tensor;
  readonly heads: readonly HeadActivations[];
}

/** A dense layer (matmul_nt) with the parameters `name`. */
function dense(
  net: NetworkContext,
  name: string,
  input: Tensor,
  out: Tensor,
  size: { m: Quantity; n: number; k: number },
  relu: boolean,
  dropout?: { layer: number; places: Tensor },
): void {
  const drops = dropout !== undefined && net.dropout;
  net.builder.dispatch(name, matmulNt, {
    bindings: {
      a: input,
      b: net.parameter(`${name}.weight`),
      bias: net.parameter(`${name}.bias`),
      out,
      ...(drops && { places: dropout.places }),
    },
    uniforms: { ...size, relu: relu ? 1 : 0, ...net.dropoutUniforms(dropout?.layer ?? 0) },
    defines: { DROPOUT: drops ? 1 : 0 },
    constants: net.matmulConstants,
  });
}

/** Adds the passes from features to logits (SPEC section 1). */
export function buildForward(net: NetworkContext): Activations {
  const { builder, shape, model } = net;
  const { frames } = net.capacity;
  const places = net.input('places');

  const frontend = builder.tensor('frontend', [frames, shape.frontend]);
  const frontendSize = { m: 'frames', n: shape.frontend, k: shape.features };
  const drop = { layer: DROPOUT_FRONTEND, places };
  dense(net, 'frontend', net.input('features'), frontend, frontendSize, true, drop);

  const recurrent = buildRecurrent(net, frontend);
  const { weights, pooled } = buildPooling(net, recurrent.outputs);
  const heads = model.heads.map((_, index) => buildHead(net, index, pooled));
  return { frontend, ...recurrent, weights, pooled, heads };
}

/** Input projection of both directions in one product, then the cells over time. */
function buildRecurrent(net: NetworkContext, frontend: Tensor) {
  const { builder, shape, model } = net;
  const { frames } = net.capacity;
  const { directions, units } = shape;
  const gates = builder.tensor('gates', [frames, directions, units, 4]);
  const states = builder.tensor('states', [frames, directions, shape.stateStride]);
  const outputs = builder.tensor('outputs', [frames, shape.width]);
  const columns = directions * units * 4;
  builder.dispatch('input projection', matmulNt, {
    bindings: {
      a: frontend,
      b: net.parameter('recurrent.weight_ih'),
      bias: net.parameter('recurrent.bias'),
      out: gates,
    },
    uniforms: {
      m: 'frames',
      n: columns,
      k: shape.frontend,
      relu: 0,
      threshold: 0,
      scale: 1,
      stream_0: 0,
      stream_1: 0,
    },
    constants: net.matmulConstants,
  });
  for (const { first, count } of net.timeSpans()) {
    builder.dispatch(`recurrence from step ${first}`, recurrenceForward, {
      bindings: {
        ranges: net.input('ranges'),
        weight: net.parameter('recurrent.weight_hh'),
        ...(model.recurrent.cell === 'a-lstm' && {
          attention: net.parameter('recurrent.attention'),
        }),
        gates,
        states,
        outputs,
      },
      uniforms: {
        rows: 'utterances',
        frames: 'frames',
        directions,
        units,
        state_stride: shape.stateStride,
        first_step: first,
        step_count: count,
        period: model.recurrent.period,
      },
      ...net.recurrenceOptions(net.plan.forward),
    });
  }
  return { gates, states, outputs };
}

/** Attention over time, or the mean (Eq. 1, 2), over the outputs with their dropout. */
function buildPooling(net: NetworkContext, outputs: Tensor): { weights: Tensor; pooled: Tensor } {
  const { builder, shape, model } = net;
  const { frames, utterances } = net.capacity;
  const kind = net.training ? 'transient' : 'output';
  const weights = builder.tensor('pooling.weights', [frames], kind);
  const pooled = builder.tensor('pooled', [utterances, shape.width], kind);
  const drop = net.dropoutUniforms(DROPOUT_RECURRENT);
  const DROPOUT = net.dropout ? 1 : 0;
  const places = net.input('places');
  const attends = model.pooling === 'attention';
  const ranges = net.input('ranges');
  let scores: Tensor | undefined;
  if (attends) {
    scores = builder.tensor('pooling.scores', [frames]);
    builder.dispatch('pooling scores', frameDots, {
      bindings: { y: outputs, v: net.parameter('pooling.attention'), places, out: scores },
      uniforms: { frames: 'frames', width: shape.width, rows: 1, ...drop },
      defines: { BY_ROW: 0, DROPOUT },
    });
  }
  builder.dispatch('pooling weights', poolingSoftmax, {
    bindings: { ...(scores && { scores }), ranges, weights },
    uniforms: { rows: 'utterances', frames: 'frames' },
    defines: { ATTENTION: attends ? 1 : 0 },
  });
  builder.dispatch('pooling', poolingSum, {
    bindings: { y: outputs, weights, ranges, pooled, ...(DROPOUT && { places }) },
    uniforms: { rows: 'utterances', width: shape.width, frames: 'frames', ...drop },
    defines: { DROPOUT },
  });
  return { weights, pooled };
}

function buildHead(net: NetworkContext, index: number, pooled: Tensor): HeadActivations {
  const { builder, shape, model } = net;
  const { utterances } = net.capacity;
  const head = model.heads[index];
  if (!head) throw new Error(`no head ${index}`);
  const name = `heads.${head.task}`;
  const stride = pad4(head.classes);
  const logits = builder.tensor(
    `${name}.logits`,
    [utterances, stride],
    net.training ? 'transient' : 'output',
  );
  let input = pooled;
  let width = shape.width;
  let hidden: Tensor | undefined;
  if (head.hidden > 0) {
    const units = pad4(head.hidden);
    hidden = builder.tensor(`${name}.hidden`, [utterances, units]);
    const size = { m: 'utterances', n: units, k: width };
    // only where dropout is on are the rows' places an input
    const drop = net.dropout
      ? { layer: DROPOUT_HEADS + index, places: net.input('row_places') }
      : undefined;
    dense(net, `${name}.hidden`, input, hidden, size, true, drop);
    input = hidden;
    width = units;
  }
  dense(net, `${name}.output`, input, logits, { m: 'utterances', n: stride, k: width }, false);
  if (!net.training) {
    const probabilities = builder.tensor(`${name}.probabilities`, [utterances, stride], 'output');
    builder.dispatch(`${name}.softmax`, softmax, {
      bindings: { logits, probabilities },
      uniforms: { rows: 'utterances', classes: head.classes, stride },
    });
  }
  return hidden ? { hidden, logits } : { logits };
}
