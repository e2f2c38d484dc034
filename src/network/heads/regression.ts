import type { RegressionHead } from '../../core/config.js';
import { ccc as cccKernel } from '../../kernels/heads/ccc.js';
import { cccMoments, MOMENTS } from '../../kernels/heads/ccc_moments.js';
import { mse as mseKernel } from '../../kernels/heads/mse.js';
import type { Program } from '../../graph/types.js';
import { cccLoss, evaluateNumbers, mseLoss } from '../../metrics/regression.js';
import type { NetworkContext } from '../context.js';
import { lossSlots } from '../losses.js';
import type { HeadKind, LossPass } from './head.js';

/** What the regression losses share: one output, whose targets are numbers; NaN is none. */
const number = {
  target: 'u32',
  unlabelled: NaN,
  isLabelled: (target) => !Number.isNaN(target),
  targetProblem: (_, target) =>
    Number.isNaN(target) || Number.isFinite(Math.fround(target))
      ? undefined
      : `has the target ${target}, which is not a number of single precision`,
  weightOf: (_, target) => (Number.isNaN(target) ? 0 : 1),
  constants: () => ({}),
  answer: () => undefined, // the output itself
  evaluate: ({ targets }, answers) =>
    evaluateNumbers(
      targets,
      answers.map(([value = NaN]) => value),
    ),
} satisfies Partial<HeadKind<RegressionHead>>;

function outputs(logits: readonly Float64Array[]): number[] {
  return logits.map(([value = NaN]) => value);
}

/** Mean squared error over the labelled rows. */
export const mse: HeadKind<RegressionHead> = {
  ...number,

  loss(net, { head, index, logits, targets, dLogits, at }) {
    const norm = `inverse_norm_${index}`;
    net.builder.dispatch(`heads.${head.task}.loss`, mseKernel, {
      bindings: {
        outputs: logits,
        targets,
        loss_scale: net.lossScale,
        d_outputs: dLogits,
        losses: net.losses,
      },
      uniforms: {
        rows: 'utterances',
        ...at,
        slot: index,
        slots: lossSlots(net.model.heads.length),
        inverse_norm: norm,
        gradient_scale: {
          label: `${head.weight} * ${norm}`,
          of: (scalars) => head.weight * (scalars[norm] ?? NaN),
        },
      },
    });
  },

  hostLoss: ({ targets }, logits) => mseLoss(outputs(logits), targets),
};

/**
 * 1 - CCC (Lin 1989) over the labelled rows of the whole batch. Its moments are gathered first: in a batch
 * split into microbatches by a pass over all of them (`gatheringPasses`), where the scalar `moments_merge` is
 * 1 after the first one, and `moments_known` is 1 in the gradients' pass, which then leaves them as they are.
 */
export const ccc: HeadKind<RegressionHead> = {
  ...number,

  gather(net, { head, index, logits, targets, at: { stride, first } }) {
    net.builder.dispatch(`heads.${head.task}.moments`, cccMoments, {
      bindings: { outputs: logits, targets, moments: moments(net, head) },
      uniforms: {
        rows: {
          label: 'utterances, or 0 if the moments are known',
          of: ({ moments_known = 0, utterances = NaN }) => (moments_known ? 0 : utterances),
        },
        stride,
        first,
        shift: `target_mean_${index}`,
        merge: {
          label: '1 after the first microbatch',
          of: ({ moments_merge = 0 }) => moments_merge,
        },
      },
    });
  },

  loss(net, { head, index, logits, targets, dLogits, at }: LossPass<RegressionHead>) {
    net.builder.dispatch(`heads.${head.task}.loss`, cccKernel, {
      bindings: {
        outputs: logits,
        targets,
        moments: moments(net, head),
        loss_scale: net.lossScale,
        d_outputs: dLogits,
        losses: net.losses,
      },
      uniforms: {
        rows: 'utterances',
        ...at,
        slot: index,
        slots: lossSlots(net.model.heads.length),
        shift: `target_mean_${index}`,
        weight: head.weight,
      },
    });
  },

  hostLoss: ({ targets }, logits) => cccLoss(outputs(logits), targets),
};

/** Of all microbatches of a batch so far: kept from one run of the program to the next. */
function moments(net: NetworkContext, { task }: RegressionHead) {
  return net.persistent(`heads.${task}.moments`, [MOMENTS]);
}

/** Number of passes of a gradient program up to the last that gathers statistics; 0 if none does. */
export function gatheringPasses({ passes }: Program): number {
  const last = passes.findLastIndex(
    (pass) => pass.kind === 'dispatch' && pass.kernel === cccMoments,
  );
  return last + 1;
}
