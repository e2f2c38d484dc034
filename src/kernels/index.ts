import type { KernelDescriptor } from './descriptor.js';
import { cast } from './cast.js';
import { clearGate } from './clear_gate.js';
import { clipScale } from './clip_scale.js';
import { columnSums } from './column_sums.js';
import { crossEntropy } from './cross_entropy.js';
import { frameDots } from './frame_dots.js';
import { matmulNn } from './matmul_nn.js';
import { matmulNt } from './matmul_nt.js';
import { matmulOuter } from './matmul_outer.js';
import { matmulSubgroup } from './matmul_subgroup.js';
import { matmulTiled } from './matmul_tiled.js';
import { matmulTn } from './matmul_tn.js';
import { matmulTnTiled } from './matmul_tn_tiled.js';
import { optimizerAdam } from './optimizer_adam.js';
import { optimizerRmsprop } from './optimizer_rmsprop.js';
import { optimizerSgd } from './optimizer_sgd.js';
import { poolingBackward } from './pooling_backward.js';
import { poolingSoftmax } from './pooling_softmax.js';
import { poolingSoftmaxBackward } from './pooling_softmax_backward.js';
import { poolingSum } from './pooling_sum.js';
import { recurrenceBackward } from './recurrence_backward.js';
import { recurrenceForward } from './recurrence_forward.js';
import { recurrenceSliceBackward } from './recurrence_slice_backward.js';
import { recurrenceSliceForward } from './recurrence_slice_forward.js';
import { recurrenceTrace } from './recurrence_trace.js';
import { reducePartials } from './reduce_partials.js';
import { softmax } from './softmax.js';
import { squaredSums } from './squared_sums.js';
import { transpose } from './transpose.js';
import { transposeRecurrent } from './transpose_recurrent.js';

/** Every kernel of the project, in the order of a training step. */
export const kernels: readonly KernelDescriptor[] = [
  cast,
  transpose,
  matmulNt,
  matmulOuter,
  matmulTiled,
  matmulSubgroup,
  recurrenceForward,
  recurrenceSliceForward,
  recurrenceTrace,
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
  clearGate,
  clipScale,
  optimizerAdam,
  optimizerRmsprop,
  optimizerSgd,
];
