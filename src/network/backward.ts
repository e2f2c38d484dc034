import { cellTraits } from '../core/cells.js';
import { clearGate } from '../kernels/recurrence/clear_gate.js';
import { columnSums } from '../kernels/reductions/column_sums.js';
import { crossEntropy } from '../kernels/heads/cross_entropy.js';
import { frameDots } from '../kernels/pooling/frame_dots.js';
import { poolingBackward } from '../kernels/pooling/pooling_backward.js';
import { poolingSoftmaxBackward } from '../kernels/pooling/pooling_softmax_backward.js';
import type { Tensor } from '../graph/types.js';
import { DROPOUT_RECURRENT, type NetworkContext } from './context.js';
import type { Activations } from './forward.js';
import { biasGradient, denseGradients, reduceInto, weightGradient } from './gradients.js';
import { denseMatmul } from './matmul.js';
import { buildRecurrenceBackward } from './recurrence.js';
import { pad4 } from './shape.js';

/** Adds the passes from logits to losses and to the gradients of all parameters, accumulated. */
export function buildBackward(net: NetworkContext, forward: Activations): void {
  const dPooled = buildHeads(net, forward);
  const dOutputs = buildPooling(net, forward, dPooled);
  buildRecurrenceBackward(net, forward, dOutputs);
  buildProjections(net, forward);
}

/** Losses of all tasks; returns d pooled, summed over the heads. */
function buildHeads(net: NetworkContext, forward: Activations): Tensor {
  const { builder, shape, model } = net;
  const { utterances } = net.capacity;
  const dPooled = builder.tensor('d_pooled', [utterances, shape.width]);
  model.heads.forEach((head, index) => {
    const name = `heads.${head.task}`;
    const { hidden, logits } = forward.heads[index] ?? {};
    if (!logits) throw new Error(`no activations of head ${index}`);
    const stride = pad4(head.classes);
    const dLogits = builder.tensor(`d_${name}.logits`, [utterances, stride]);
    builder.dispatch(`${name}.loss`, crossEntropy, {
      bindings: {
        logits,
        targets: net.input('targets'),
        class_weights: net.classWeights(head.task, head.classes),
        d_logits: dLogits,
        losses: net.input('losses'),
        loss_scale: net.input('loss_scale'),
      },
      uniforms: {
        rows: 'utterances',
        classes: head.classes,
        stride,
        task: index,
        target_stride: utterances,
        tasks: model.heads.length,
        slots: model.heads.length + 2,
        inverse_norm: `inverse_norm_${index}`,
        gradient_scale: {
          label: `${head.weight} * inverse_norm_${index}`,
          of: (scalars) => head.weight * (scalars[`inverse_norm_${index}`] ?? NaN),
        },
        smoothing: head.label_smoothing ?? 0,
        weight_sum: head.class_weights?.reduce((a, b) => a + b, 0) ?? head.classes,
      },
    });
    const accumulate = index > 0;
    const width = hidden ? pad4(head.hidden) : shape.width;
    denseGradients(
      net,
      `${name}.output`,
      dLogits,
      stride,
      hidden ?? forward.pooled,
      width,
      'utterances',
    );
    const back = { plan: net.plan.matmul.heads, form: 'nn', over: 'utterances' } as const;
    if (!hidden) {
      denseMatmul(net, `${name}: d pooled`, {
        ...back,
        a: dLogits,
        weight: `${name}.output.weight`,
        out: dPooled,
        n: width,
        k: stride,
        accumulate,
      });
      return;
    }
    const dHidden = builder.tensor(`d_${name}.hidden`, [utterances, width]);
    denseMatmul(net, `${name}: d hidden`, {
      ...back,
      a: dLogits,
      weight: `${name}.output.weight`,
      out: dHidden,
      n: width,
      k: stride,
      gate: hidden,
    });
    denseGradients(
      net,
      `${name}.hidden`,
      dHidden,
      width,
      forward.pooled,
      shape.width,
      'utterances',
    );
    denseMatmul(net, `${name}: d pooled`, {
      ...back,
      a: dHidden,
      weight: `${name}.hidden.weight`,
      out: dPooled,
      n: shape.width,
      k: width,
      accumulate,
    });
  });
  return dPooled;
}

/** Through the pooling (Eq. 1, 2) and the dropout before it; returns d of the layer's outputs. */
function buildPooling(net: NetworkContext, forward: Activations, dPooled: Tensor): Tensor {
  const { builder, shape, model } = net;
  const { frames } = net.capacity;
  const { outputs, weights } = forward;
  const drop = net.dropoutUniforms(DROPOUT_RECURRENT);
  const DROPOUT = net.dropout ? 1 : 0;
  const positions = net.input('positions');
  const sequences = net.input('sequences');
  const attends = model.pooling === 'attention';
  const dOutputs = net.activation('d_outputs', [frames, shape.width]);
  const common = { width: shape.width, frames: 'frames', ...drop };
  let dScores: Tensor | undefined;
  if (attends) {
    const e = builder.tensor('d_pooling.weights', [frames]);
    dScores = builder.tensor('d_pooling.scores', [frames]);
    builder.dispatch('d pooling weights', frameDots, {
      bindings: { y: outputs, v: dPooled, positions, out: e },
      uniforms: { rows: 'utterances', ...common },
      defines: { BY_ROW: 1, DROPOUT, REAL: net.real },
    });
    builder.dispatch('d pooling scores', poolingSoftmaxBackward, {
      bindings: { weights, e, sequences, d_scores: dScores },
      uniforms: { rows: 'utterances', frames: 'frames' },
    });
    const name = 'd pooling.attention';
    const slices = Math.min(64, net.plan.gradientGroups);
    const partial = builder.tensor(`${name}.partial`, [slices, shape.width]);
    builder.dispatch(name, columnSums, {
      bindings: { a: outputs, weights: dScores, out: partial, ...(DROPOUT && { positions }) },
      uniforms: { rows: 'frames', columns: shape.width, slices, ...drop },
      defines: { WEIGHTED: 1, DROPOUT, REAL: net.real },
    });
    reduceInto(net, name, partial, net.gradient('pooling.attention'), shape.width, slices);
  }
  builder.dispatch('d outputs', poolingBackward, {
    bindings: {
      d_pooled: dPooled,
      weights,
      positions,
      d_y: dOutputs,
      ...(dScores && { d_scores: dScores, attention: net.parameter('pooling.attention') }),
    },
    uniforms: { rows: 'utterances', ...common },
    defines: { ATTENTION: attends ? 1 : 0, DROPOUT, REAL: net.real },
  });
  return dOutputs;
}

/** The products give gradients also to rows that a GRU's weights do not have. */
function clearAbsentGates(net: NetworkContext): void {
  const { directions, units, frontend } = net.shape;
  const n = directions * units;
  const clear = (name: string, rows: number, columns: number, gate: number): void => {
    net.builder.dispatch(`d ${name}: no gate ${gate}`, clearGate, {
      bindings: { values: net.gradient(name) },
      uniforms: { rows, columns, gate },
    });
  };
  clear('recurrent.weight_ih', n, frontend, 3);
  clear('recurrent.weight_hh', n * units, 1, 2);
}

/** Products over all frames: recurrent and input weights, and on through the frontend. */
function buildProjections(net: NetworkContext, forward: Activations): void {
  const { builder, shape } = net;
  const { directions, units, width } = shape;
  const { gates: dGates, frontend, outputs } = forward;
  const columns = directions * units * 4;
  for (let d = 0; d < directions; d++) {
    const size = units * units * 4;
    const gradient = builder.view(
      net.gradient('recurrent.weight_hh'),
      `gradients/recurrent.weight_hh ${d}`,
      d * size,
      [units, units, 4],
    );
    weightGradient(
      net,
      `d recurrent.weight_hh ${d === 0 ? 'forward' : 'backward'}`,
      { tensor: outputs, stride: width, first: d * units, columns: units },
      { tensor: dGates, stride: columns, first: d * units * 4, columns: units * 4 },
      'frames',
      gradient,
      { direction: d },
    );
  }
  weightGradient(
    net,
    'd recurrent.weight_ih',
    { tensor: dGates, stride: columns, first: 0, columns },
    { tensor: frontend, stride: shape.frontend, first: 0, columns: shape.frontend },
    'frames',
    net.gradient('recurrent.weight_ih'),
  );
  if (cellTraits(net.model.recurrent.cell).kind === 'gru') clearAbsentGates(net);
  const biasName = 'd recurrent.bias';
  biasGradient(net, biasName, dGates, columns, 'frames', net.gradient('recurrent.bias'));
  const dFrontend = net.activation('d_frontend', [net.capacity.frames, shape.frontend]);
  denseMatmul(net, 'd frontend', {
    plan: net.plan.matmul.inputGradient,
    form: 'nn',
    over: 'frames',
    a: dGates,
    weight: 'recurrent.weight_ih',
    out: dFrontend,
    n: shape.frontend,
    k: columns,
    gate: frontend,
  });
  denseGradients(
    net,
    'frontend',
    dFrontend,
    shape.frontend,
    net.input('features'),
    shape.features,
    'frames',
  );
}
