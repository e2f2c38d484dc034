import type { ModelConfig, OptimizerConfig } from '../core/config.js';
import { GraphBuilder } from '../graph/builder.js';
import type { Program, Scalars } from '../graph/types.js';
import { type ComputedInputs, NetworkContext, type NetworkReads } from './context.js';
import { buildBackward, buildForward } from './network.js';
import { layoutParameters } from './parameters.js';
import { capacityScalars } from './scalars.js';
import type { BatchCapacity } from './time.js';
import type { KernelPlan } from '../plan/plan.js';
import { buildUpdate } from './update.js';

function context(
  name: string,
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
  training: boolean,
  reads?: NetworkReads,
) {
  const builder = new GraphBuilder(name, capacityScalars(model, capacity));
  const layout = layoutParameters(model);
  return new NetworkContext(builder, model, layout, plan, capacity, training, reads);
}

/** Features to logits, probabilities and pooling weights. */
export function inferenceProgram(
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
): Program {
  const net = context('inference', model, plan, capacity, false);
  buildForward(net);
  return net.builder.build();
}

/** Inference with the average of the parameters. */
export function averageProgram(
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
): Program {
  const net = context('average', model, plan, capacity, false, { average: true });
  buildForward(net);
  return net.builder.build();
}

/**
 * Inference from what the same graph computes.
 *
 * @param scalars largest values of those that the computed inputs depend on
 * @param computed adds their passes
 */
export function computedInferenceProgram(
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
  scalars: Scalars,
  computed: (net: NetworkContext) => ComputedInputs,
): Program {
  const builder = new GraphBuilder('inference from samples', {
    ...capacityScalars(model, capacity),
    ...scalars,
  });
  const layout = layoutParameters(model);
  const net = new NetworkContext(builder, model, layout, plan, capacity, false, { computed });
  buildForward(net);
  return builder.build();
}

/** Inference with the trace of its recurrence. */
export function inspectionProgram(
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
): Program {
  const net = context('inspection', model, plan, capacity, false);
  for (const { trace } of buildForward(net).layers) trace?.();
  return net.builder.build();
}

/** Forward, losses and backward of one batch; gradients are accumulated. */
export function gradientProgram(
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
): Program {
  const net = context('gradients', model, plan, capacity, true);
  buildBackward(net, buildForward(net));
  return net.builder.build();
}

/** `gradientProgram` of a batch whose frames are augmented. */
export function augmentedProgram(
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
): Program {
  const net = context('augmented gradients', model, plan, capacity, true, { augmented: true });
  buildBackward(net, buildForward(net));
  return net.builder.build();
}

/** Clears the gradients before the first batch of a step. */
export function clearProgram(model: ModelConfig, plan: KernelPlan): Program {
  const net = context('clear', model, plan, { frames: 1, utterances: 1, longest: 1 }, true);
  net.builder.clear(net.flat('gradients'));
  return net.builder.build();
}

/**
 * Clips by global norm and updates the parameters, then their average.
 *
 * @param clipNorm 0: no clipping
 * @param ema share of the average that an update keeps; 0: no average
 */
export function updateProgram(
  model: ModelConfig,
  plan: KernelPlan,
  optimizer: OptimizerConfig,
  clipNorm: number,
  ema = 0,
): Program {
  const net = context('update', model, plan, { frames: 1, utterances: 1, longest: 1 }, true);
  buildUpdate(net, optimizer, clipNorm, ema);
  return net.builder.build();
}
