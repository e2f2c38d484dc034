import type { ClassificationHead } from '../../core/config.js';
import { crossEntropy as crossEntropyKernel } from '../../kernels/heads/cross_entropy.js';
import { softmax } from '../../kernels/heads/softmax.js';
import { crossEntropy as hostCrossEntropy } from '../../metrics/cross-entropy.js';
import { evaluate, largest } from '../../metrics/metrics.js';
import { lossSlots } from '../losses.js';
import type { HeadKind } from './head.js';

/** Weight of each class in the loss. */
export function classWeightsOf({
  class_weights: given,
  classes,
}: ClassificationHead): readonly number[] {
  return given ?? Array.from({ length: classes }, () => 1);
}

function weightsName({ task }: ClassificationHead): string {
  return `class_weights/${task}`;
}

/** The tensor of a task's probabilities, [utterances, the head's columns]. */
export function probabilitiesName(task: string): string {
  return `heads.${task}.probabilities`;
}

/**
 * Classification: softmax cross-entropy with class weights and label smoothing, as in
 * torch.nn.functional.cross_entropy; targets are classes.
 */
export const crossEntropy: HeadKind<ClassificationHead> = {
  target: 'i32',
  unlabelled: -1,
  isLabelled: (target) => target !== -1,

  targetProblem: ({ classes }, target) =>
    !Number.isInteger(target) || target < -1 || target >= classes
      ? `has label ${target}, classes are 0 to ${classes - 1}`
      : undefined,

  weightOf: (head, target) => classWeightsOf(head)[target] ?? 0,

  constants: (head) => ({ [weightsName(head)]: Float32Array.from(classWeightsOf(head)) }),

  loss(net, { head, index, logits, targets, dLogits, at }) {
    const norm = `inverse_norm_${index}`;
    const tasks = net.model.heads.length;
    net.builder.dispatch(`heads.${head.task}.loss`, crossEntropyKernel, {
      bindings: {
        logits,
        targets,
        class_weights: net.headInput(weightsName(head), [head.classes]),
        d_logits: dLogits,
        losses: net.losses,
        loss_scale: net.lossScale,
      },
      uniforms: {
        rows: 'utterances',
        classes: head.classes,
        ...at,
        slot: index,
        slots: lossSlots(tasks),
        inverse_norm: norm,
        gradient_scale: {
          label: `${head.weight} * ${norm}`,
          of: (scalars) => head.weight * (scalars[norm] ?? NaN),
        },
        smoothing: head.label_smoothing ?? 0,
        weight_sum: head.class_weights?.reduce((a, b) => a + b, 0) ?? head.classes,
      },
    });
  },

  answer(net, { task, classes }, logits, at) {
    const size = [net.capacity.utterances, at.columns];
    const probabilities = net.builder.tensor(probabilitiesName(task), size, 'output');
    net.builder.dispatch(`heads.${task}.softmax`, softmax, {
      bindings: { logits, probabilities },
      uniforms: { rows: 'utterances', classes, ...at },
    });
  },

  hostLoss({ head, targets }, logits) {
    const all = new Float64Array(logits.length * head.classes);
    logits.forEach((own, i) => all.set(own, i * head.classes));
    return hostCrossEntropy(head, all, targets);
  },

  // the prediction is the class of the highest probability, the first of several
  evaluate: ({ targets, labels }, probabilities) =>
    evaluate(targets, probabilities.map(largest), labels),
};
