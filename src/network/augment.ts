import type { Tensor } from '../graph/types.js';
import { functionalCount } from '../core/functionals.js';
import { augment } from '../kernels/frames/augment.js';
import { augmentFunctionals as functionalsKernel } from '../kernels/frames/augment_functionals.js';
import { pad4 } from '../kernels/descriptor.js';
import type { NetworkContext } from './context.js';

/** Names of the scalars of augmentation, and of its input: see the kernel's uniforms. */
export const augmentNames = {
  sources: 'augment_sources',
  sourceFrames: 'augment_source_frames',
  timeMasks: 'augment_time_masks',
  timeShare: 'augment_time_share',
  featureMasks: 'augment_feature_masks',
  featureLimit: 'augment_feature_limit',
  gain: 'augment_gain',
  offset: 'augment_offset',
  functionalNoise: 'augment_functional_noise',
  functionalOffset: 'augment_functional_offset',
  functionalDropout: 'augment_functional_dropout',
  functionalMasks: 'augment_functional_masks',
  functionalLimit: 'augment_functional_limit',
  stream0: 'augment_stream_0',
  stream1: 'augment_stream_1',
} as const;

/** Adds the pass that augments a batch's frames. */
export function augmentFrames(net: NetworkContext, frames: Tensor, stride: number): Tensor {
  const { builder, capacity, model } = net;
  const time = net.time(0);
  const names = augmentNames;
  const sources = builder.tensor(names.sources, [capacity.utterances, 4], 'input', 'u32');
  const out = builder.tensor('augmented', [capacity.frames, stride]);
  builder.dispatch('augment', augment, {
    bindings: { frames, sources, sequences: time.sequences, out },
    uniforms: {
      rows: 'utterances',
      steps: time.steps,
      longest: time.longest,
      source_frames: names.sourceFrames,
      width: stride,
      features: model.features,
      time_masks: names.timeMasks,
      time_share: names.timeShare,
      feature_masks: names.featureMasks,
      feature_limit: names.featureLimit,
      gain: names.gain,
      offset: names.offset,
      stream_0: names.stream0,
      stream_1: names.stream1,
    },
  });
  return out;
}

/** Adds the pass that augments the functionals that a batch gives. */
export function augmentFunctionals(net: NetworkContext, given: Tensor): Tensor {
  const { builder, capacity, model } = net;
  const names = augmentNames;
  const count = functionalCount(model.features);
  const out = builder.tensor('augmented.functionals', [capacity.utterances, pad4(count)]);
  builder.dispatch('augment functionals', functionalsKernel, {
    bindings: { values: given, positions: net.rowPositions, out },
    uniforms: {
      rows: 'utterances',
      width: pad4(count),
      count,
      features: model.features,
      noise: names.functionalNoise,
      offset: names.functionalOffset,
      threshold: names.functionalDropout,
      masks: names.functionalMasks,
      mask_limit: names.functionalLimit,
      stream_0: names.stream0,
      stream_1: names.stream1,
    },
  });
  return out;
}
