import { columnSums } from '../kernels/reductions/column_sums.js';
import { attendsOverTime, poolsDeviation } from '../core/config.js';
import { lastRecurrent } from '../core/layers.js';
import { pad4 } from '../kernels/descriptor.js';
import { frameDots } from '../kernels/pooling/frame_dots.js';
import { poolingBackward } from '../kernels/pooling/pooling_backward.js';
import { poolingDeviation } from '../kernels/pooling/pooling_deviation.js';
import { poolingSoftmax } from '../kernels/pooling/pooling_softmax.js';
import { poolingSoftmaxBackward } from '../kernels/pooling/pooling_softmax_backward.js';
import { poolingSum } from '../kernels/pooling/pooling_sum.js';
import type { Tensor } from '../graph/types.js';
import type { NetworkContext } from './context.js';
import { MOST_SLICES, reduceInto } from './gradients.js';
import type { Sequence } from './layers/layer.js';

/** Result tensors of inference: the pooling's weights over time [steps], and its output [rows, D], or means and deviations [rows, 2D]. */
export const POOLING_WEIGHTS = 'pooling.weights';
export const POOLED = 'pooled';

export interface BuiltPooling {
  /** [utterances, D], or means and deviations [utterances, 2D] */
  readonly pooled: Tensor;
  /**
   * From d pooled to the gradient of the pooled sequence, before its dropout.
   *
   * @param dPooled [utterances, stride], its first columns
   */
  readonly backward: (dPooled: Tensor, stride: number) => Tensor;
}

/**
 * Adds attention over time, or the mean (Eq. 1, 2), over the last layer's outputs with their dropout; or attention
 * that also gives the deviation (attentive statistics pooling, Okabe et al. 2018).
 */
export function buildPooling(net: NetworkContext, input: Sequence): BuiltPooling {
  const { builder, model } = net;
  const { tensor: y, time } = input;
  const { stride: width } = input.row;
  const { positions, sequences } = time;
  const kind = net.training ? 'transient' : 'output';
  const weights = builder.tensor(POOLING_WEIGHTS, [time.capacity], kind);
  const deviates = poolsDeviation(model.pooling);
  const pooledWidth = deviates ? 2 * width : width;
  const pooled = builder.tensor(POOLED, [net.capacity.utterances, pooledWidth], kind);
  const drop = net.dropoutUniforms(input.dropout ?? 0);
  const DROPOUT = net.dropout && input.dropout !== undefined ? 1 : 0;
  const attends = attendsOverTime(model.pooling);
  let scores: Tensor | undefined;
  if (attends) {
    scores = builder.tensor('pooling.scores', [time.capacity]);
    builder.dispatch('pooling scores', frameDots, {
      bindings: { y, v: net.parameter('pooling.attention'), positions, out: scores },
      uniforms: {
        ...{ frames: time.steps, width, rows: 1, v_width: width, pooled_width: pooledWidth },
        ...drop,
      },
      defines: { BY_ROW: 0, DROPOUT, REAL: net.real },
    });
  }
  builder.dispatch('pooling weights', poolingSoftmax, {
    bindings: { ...(scores && { scores }), sequences, weights },
    uniforms: { rows: 'utterances', frames: time.steps },
    defines: { ATTENTION: attends ? 1 : 0 },
  });
  const sum = {
    bindings: { y, weights, sequences, pooled, ...(DROPOUT && { positions }) },
    uniforms: { rows: 'utterances', width, frames: time.steps, ...drop },
    defines: { DROPOUT, REAL: net.real },
  } as const;
  if (deviates) {
    // the output has a part for each direction
    const { units } = lastRecurrent(model);
    const more = { pooled_width: pooledWidth, part: pad4(units), units };
    const uniforms = { ...sum.uniforms, ...more };
    builder.dispatch('pooling', poolingDeviation, { ...sum, uniforms });
  } else builder.dispatch('pooling', poolingSum, sum);

  const backward = (dPooled: Tensor, stride: number): Tensor => {
    const dOutputs = net.activation('d_outputs', [time.capacity, width]);
    const common = { width, frames: time.steps, pooled_width: pooledWidth, ...drop };
    const DEVIATION = deviates ? 1 : 0;
    let dScores: Tensor | undefined;
    if (attends) {
      const e = builder.tensor('d_pooling.weights', [time.capacity]);
      dScores = builder.tensor('d_pooling.scores', [time.capacity]);
      builder.dispatch('d pooling weights', frameDots, {
        bindings: { y, v: dPooled, positions, ...(deviates && { pooled }), out: e },
        uniforms: { rows: 'utterances', v_width: stride, ...common },
        defines: { BY_ROW: 1, DEVIATION, DROPOUT, REAL: net.real },
      });
      builder.dispatch('d pooling scores', poolingSoftmaxBackward, {
        bindings: { weights, e, sequences, d_scores: dScores },
        uniforms: { rows: 'utterances', frames: time.steps },
      });
      const name = 'd pooling.attention';
      const slices = Math.min(MOST_SLICES, net.plan.gradientGroups);
      const partial = builder.tensor(`${name}.partial`, [slices, width]);
      builder.dispatch(name, columnSums, {
        part: 'weightGradient',
        bindings: { a: y, weights: dScores, out: partial, ...(DROPOUT && { positions }) },
        uniforms: { rows: time.steps, columns: width, slices, ...drop },
        defines: { WEIGHTED: 1, DROPOUT, REAL: net.real },
      });
      reduceInto(net, name, partial, net.gradient('pooling.attention'), width, slices);
    }
    builder.dispatch('d outputs', poolingBackward, {
      bindings: {
        d_pooled: dPooled,
        weights,
        positions,
        ...(deviates && { y, pooled }),
        d_y: dOutputs,
        ...(dScores && { d_scores: dScores, attention: net.parameter('pooling.attention') }),
      },
      uniforms: { rows: 'utterances', d_width: stride, ...common },
      defines: { ATTENTION: attends ? 1 : 0, DEVIATION, DROPOUT, REAL: net.real },
    });
    return dOutputs;
  };
  return { pooled, backward };
}
