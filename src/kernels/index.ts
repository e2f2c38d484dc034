import type { KernelDescriptor } from './descriptor.js';
import { cast } from './reductions/cast.js';
import { clearGate } from './recurrence/clear_gate.js';
import { clipScale } from './optimizer/clip_scale.js';
import { columnSums } from './reductions/column_sums.js';
import { crossEntropy } from './heads/cross_entropy.js';
import { stepDropout } from './frames/step_dropout.js';
import { subsample } from './frames/subsample.js';
import { subsampleBackward } from './frames/subsample_backward.js';
import { frameDots } from './pooling/frame_dots.js';
import { matmulNn } from './matmul/matmul_nn.js';
import { matmulNt } from './matmul/matmul_nt.js';
import { matmulOuter } from './matmul/matmul_outer.js';
import { matmulSubgroup } from './matmul/matmul_subgroup.js';
import { matmulTiled } from './matmul/matmul_tiled.js';
import { matmulTn } from './matmul/matmul_tn.js';
import { matmulTnTiled } from './matmul/matmul_tn_tiled.js';
import { optimizerAdam } from './optimizer/optimizer_adam.js';
import { optimizerRmsprop } from './optimizer/optimizer_rmsprop.js';
import { optimizerSgd } from './optimizer/optimizer_sgd.js';
import { poolingBackward } from './pooling/pooling_backward.js';
import { poolingSoftmax } from './pooling/pooling_softmax.js';
import { poolingSoftmaxBackward } from './pooling/pooling_softmax_backward.js';
import { poolingSum } from './pooling/pooling_sum.js';
import { recurrenceBackward } from './recurrence/recurrence_backward.js';
import { recurrenceForward } from './recurrence/recurrence_forward.js';
import { recurrenceSliceBackward } from './recurrence/recurrence_slice_backward.js';
import { recurrenceSliceForward } from './recurrence/recurrence_slice_forward.js';
import { recurrenceTrace } from './recurrence/recurrence_trace.js';
import { reducePartials } from './reductions/reduce_partials.js';
import { softmax } from './heads/softmax.js';
import { squaredSums } from './optimizer/squared_sums.js';
import { transpose } from './matmul/transpose.js';
import { transposeRecurrent } from './recurrence/transpose_recurrent.js';

/** Every kernel of the project, in the order of a training step. */
export const kernels: readonly KernelDescriptor[] = [
  cast,
  subsample,
  transpose,
  matmulNt,
  matmulOuter,
  matmulTiled,
  matmulSubgroup,
  recurrenceForward,
  recurrenceSliceForward,
  recurrenceTrace,
  stepDropout,
  frameDots,
  poolingSoftmax,
  poolingSum,
  softmax,
  crossEntropy,
  matmulNn,
  poolingSoftmaxBackward,
  poolingBackward,
  transposeRecurrent,
  recurrenceBackward,
  recurrenceSliceBackward,
  matmulTn,
  matmulTnTiled,
  columnSums,
  reducePartials,
  squaredSums,
  subsampleBackward,
  clearGate,
  clipScale,
  optimizerAdam,
  optimizerRmsprop,
  optimizerSgd,
];
