import type { OptimizerConfig } from '../core/config.js';
import { clipScale } from '../kernels/optimizer/clip_scale.js';
import { optimizerAdam } from '../kernels/optimizer/optimizer_adam.js';
import { optimizerRmsprop } from '../kernels/optimizer/optimizer_rmsprop.js';
import { optimizerSgd } from '../kernels/optimizer/optimizer_sgd.js';
import { parameterAverage } from '../kernels/optimizer/parameter_average.js';
import { squaredSums } from '../kernels/optimizer/squared_sums.js';
import type { Quantity, Tensor } from '../graph/types.js';
import type { NetworkContext } from './context.js';
import { lossSlots } from './losses.js';

const NORM_GROUPS = 64;
/** Steps without overflow after which the loss scale is doubled, as in torch.amp.GradScaler. */
const GROWTH_STEPS = 2000;

/** Names of an optimiser's flat state tensors. */
export function optimizerSlots(optimizer: OptimizerConfig): readonly string[] {
  switch (optimizer.name) {
    case 'adam':
    case 'adamw':
      return ['exp_avg', 'exp_avg_sq'];
    case 'rmsprop':
      return ['square_avg'];
    case 'sgd':
      return ['momentum_buffer'];
  }
}

/**
 * Adds the passes that clip the accumulated gradients by their global norm, update the parameters and, with
 * `ema` above 0, their average.
 */
export function buildUpdate(
  net: NetworkContext,
  optimizer: OptimizerConfig,
  clipNorm: number,
  ema: number,
): void {
  const { builder, layout } = net;
  const { size } = layout;
  const tasks = net.model.heads.length;
  const gradients = net.flat('gradients');
  // not transient: this program outlives the batch programs, whose transient buffers are freed to grow
  const squares = builder.tensor('squares', [NORM_GROUPS], 'persistent');
  const clip = builder.tensor('clip', [5], 'persistent');
  builder.dispatch('gradient norm', squaredSums, {
    bindings: { values: gradients, out: squares },
    uniforms: { size, groups: NORM_GROUPS },
  });
  builder.dispatch('clip', clipScale, {
    bindings: { squares, clip, losses: net.losses, loss_scale: net.lossScale },
    uniforms: {
      groups: NORM_GROUPS,
      max_norm: clipNorm,
      slot: tasks,
      slots: lossSlots(tasks),
      growth: net.real === 'f16' ? GROWTH_STEPS : 0,
      ...biasCorrections(optimizer),
    },
  });
  buildStep(net, optimizer, clip);
  if (ema > 0) {
    builder.dispatch('average', parameterAverage, {
      bindings: { parameters: net.flat('parameters'), clip, average: net.flat('average') },
      uniforms: { size, decay: ema },
    });
  }
}

/** Adds the pass of the optimiser. */
function buildStep(net: NetworkContext, optimizer: OptimizerConfig, clip: Tensor): void {
  const { builder, layout } = net;
  const { size } = layout;
  const gradients = net.flat('gradients');
  const parameters = net.flat('parameters');
  const [first = '', second = ''] = optimizerSlots(optimizer);
  const bindings = { parameters, gradients, clip };
  const common = { size, lr: 'learning_rate' };
  switch (optimizer.name) {
    case 'adam':
    case 'adamw': {
      const { beta1, beta2, eps } = optimizer;
      builder.dispatch(optimizer.name, optimizerAdam, {
        bindings: { ...bindings, m: net.flat(first), v: net.flat(second) },
        uniforms: {
          ...common,
          beta1,
          beta2,
          eps,
          weight_decay: optimizer.name === 'adamw' ? optimizer.weight_decay : 0,
        },
      });
      return;
    }
    case 'rmsprop':
      builder.dispatch('rmsprop', optimizerRmsprop, {
        bindings: { ...bindings, v: net.flat(first) },
        uniforms: { ...common, alpha: optimizer.alpha, eps: optimizer.eps },
      });
      return;
    case 'sgd':
      builder.dispatch('sgd', optimizerSgd, {
        bindings: { ...bindings, b: net.flat(first) },
        uniforms: { ...common, momentum: optimizer.momentum },
      });
  }
}

/** Adam's 1 - beta^t; 1 for the other optimisers. */
function biasCorrections(optimizer: OptimizerConfig) {
  const { beta1, beta2 } = 'beta1' in optimizer ? optimizer : { beta1: 0, beta2: 0 };
  const logarithm = (beta: number): number => Math.max(Math.log(beta), -1000); // finite, as uniforms are
  return {
    step: { label: 'step', of: ({ step = 1 }) => step },
    correction_1: { label: '1 - beta1^step', of: ({ step = 1 }) => 1 - beta1 ** step },
    correction_2: { label: '1 - beta2^step', of: ({ step = 1 }) => 1 - beta2 ** step },
    log_beta1: logarithm(beta1),
    log_beta2: logarithm(beta2),
  } satisfies Record<string, Quantity>;
}
