import { frameDots } from '../kernels/pooling/frame_dots.js';
import { poolingSoftmax } from '../kernels/pooling/pooling_softmax.js';
import { poolingSum } from '../kernels/pooling/pooling_sum.js';
import { softmax } from '../kernels/heads/softmax.js';
import type { Tensor } from '../graph/types.js';
import {
  DROPOUT_FRONTEND,
  DROPOUT_HEADS,
  DROPOUT_RECURRENT,
  type NetworkContext,
} from './context.js';
import { denseMatmul } from './matmul.js';
import { buildRecurrenceForward } from './recurrence.js';
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
  /** [frames, directions, H, 4] gates after their activations, as shaders/common/recurrence_cell has them. */
  readonly gates: Tensor;
  /** [frames, directions, stateStride] raw C and h (of a GRU h), and combination weights. */
  readonly states: Tensor;
  /** [frames, D] the layer's output h', before dropout. */
  readonly outputs: Tensor;
  /** [frames] attention over time. */
  readonly weights: Tensor;
  /** [utterances, D] */
  readonly pooled: Tensor;
  readonly heads: readonly HeadActivations[];
}

/** Adds the passes from features to logits (SPEC section 1). */
export function buildForward(net: NetworkContext): Activations {
  const { shape, model, plan } = net;
  const { frames } = net.capacity;

  const frontend = net.activation('frontend', [frames, shape.frontend]);
  denseMatmul(net, 'frontend', {
    plan: plan.matmul.dense,
    form: 'nt',
    over: 'frames',
    a: net.input('features'),
    weight: 'frontend.weight',
    bias: net.parameter('frontend.bias'),
    out: frontend,
    n: shape.frontend,
    k: shape.features,
    relu: true,
    dropout: { layer: DROPOUT_FRONTEND, positions: net.input('positions') },
  });

  const recurrent = buildRecurrent(net, frontend);
  const { weights, pooled } = buildPooling(net, recurrent.outputs);
  const heads = model.heads.map((_, index) => buildHead(net, index, pooled));
  return { frontend, ...recurrent, weights, pooled, heads };
}

/** Input projection of both directions in one product, then the cells over time. */
function buildRecurrent(net: NetworkContext, frontend: Tensor) {
  const { shape } = net;
  const { frames } = net.capacity;
  const { directions, units } = shape;
  const gates = net.activation('gates', [frames, directions, units, 4]);
  const states = net.activation('states', [frames, directions, shape.stateStride]);
  const outputs = net.activation('outputs', [frames, shape.width]);
  denseMatmul(net, 'input projection', {
    plan: net.plan.matmul.dense,
    form: 'nt',
    over: 'frames',
    a: frontend,
    weight: 'recurrent.weight_ih',
    bias: net.parameter('recurrent.bias'),
    out: gates,
    n: directions * units * 4,
    k: shape.frontend,
  });
  buildRecurrenceForward(net, { gates, states, outputs });
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
  const positions = net.input('positions');
  const attends = model.pooling === 'attention';
  const sequences = net.input('sequences');
  let scores: Tensor | undefined;
  if (attends) {
    scores = builder.tensor('pooling.scores', [frames]);
    builder.dispatch('pooling scores', frameDots, {
      bindings: { y: outputs, v: net.parameter('pooling.attention'), positions, out: scores },
      uniforms: { frames: 'frames', width: shape.width, rows: 1, ...drop },
      defines: { BY_ROW: 0, DROPOUT, REAL: net.real },
    });
  }
  builder.dispatch('pooling weights', poolingSoftmax, {
    bindings: { ...(scores && { scores }), sequences, weights },
    uniforms: { rows: 'utterances', frames: 'frames' },
    defines: { ATTENTION: attends ? 1 : 0 },
  });
  builder.dispatch('pooling', poolingSum, {
    bindings: { y: outputs, weights, sequences, pooled, ...(DROPOUT && { positions }) },
    uniforms: { rows: 'utterances', width: shape.width, frames: 'frames', ...drop },
    defines: { DROPOUT, REAL: net.real },
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
  const { heads: plan } = net.plan.matmul;
  let a = pooled;
  let k = shape.width;
  let hidden: Tensor | undefined;
  if (head.hidden > 0) {
    const units = pad4(head.hidden);
    hidden = builder.tensor(`${name}.hidden`, [utterances, units]);
    denseMatmul(net, `${name}.hidden`, {
      plan,
      form: 'nt',
      over: 'utterances',
      a,
      weight: `${name}.hidden.weight`,
      bias: net.parameter(`${name}.hidden.bias`),
      out: hidden,
      n: units,
      k,
      relu: true,
      // only where dropout is on are the rows' positions an input
      dropout: net.dropout
        ? { layer: DROPOUT_HEADS + index, positions: net.input('row_positions') }
        : undefined,
    });
    a = hidden;
    k = units;
  }
  denseMatmul(net, `${name}.output`, {
    plan,
    form: 'nt',
    over: 'utterances',
    a,
    weight: `${name}.output.weight`,
    bias: net.parameter(`${name}.output.bias`),
    out: logits,
    n: stride,
    k,
  });
  if (!net.training) {
    const probabilities = builder.tensor(`${name}.probabilities`, [utterances, stride], 'output');
    builder.dispatch(`${name}.softmax`, softmax, {
      bindings: { logits, probabilities },
      uniforms: { rows: 'utterances', classes: head.classes, stride },
    });
  }
  return hidden ? { hidden, logits } : { logits };
}
