/** Instructions of the recurrence kernels; a step here is a step of time. */
import { CHUNK } from '../kernels/recurrence/per_step.js';
import {
  bytesOf,
  none,
  numberOf,
  plus,
  times,
  type Dispatched,
  type Instructions,
  type KernelWork,
} from './kernel-work.js';

/** Sizes of a dispatch, and how often its steps combine states. */
function sizesOf({ pass, uniforms, groups }: Dispatched) {
  const { defines, constants } = pass;
  const { units = 1, step_count = 1, period = 1 } = uniforms;
  const combines = numberOf(defines['COMBINE'], 0);
  return {
    groups,
    units,
    steps: Math.max(1, step_count),
    rows: numberOf(defines['ROWS'], 4),
    lanes: constants['LANES'] ?? 32,
    offsets: numberOf(defines['OFFSET_COUNT'], 1),
    kinds: numberOf(defines['KINDS'], 2),
    attends: combines * numberOf(defines['ATTEND'], 0),
    /** Share of the steps that combine. */
    combining: combines / Math.max(1, period),
    weightBytes: 4 * bytesOf(pass, 'weight'),
  };
}

type Sizes = ReturnType<typeof sizesOf>;

/**
 * Of one unit of one row: gates in and out, state and output; six exponentials and as many divisions for three
 * sigmoids (of a vec4) and two tanh; addresses.
 */
const forwardCell = { madds: 10, loads: 4, staged: 1, special: 12, integer: 40 };
/** Gates in and out, the state before, the gradient of the output; one tanh. */
const backwardCell = { madds: 12, loads: 4, staged: 1, special: 2, integer: 40 };

/** Combining the states of one unit of one row, forward: each offset's state, for the sum and for its score. */
function combination({ offsets, kinds, attends, combining }: Sizes, down: boolean): Instructions {
  const reads = down ? 3 * offsets : offsets; // backward also adds to the gradients of those states
  return times(combining * kinds, {
    madds: (1 + attends) * offsets,
    loads: 2 + reads + attends * offsets,
    integer: 10 * offsets,
  });
}

/** Barriers of a step that combines: sums of scores as a tree over the lanes of a row. */
function combiningBarriers({ lanes, rows, kinds, attends, combining }: Sizes): number {
  const tree = attends * (Math.ceil(Math.log2(Math.max(1, lanes / rows))) + 3);
  return combining * kinds * (1 + tree);
}

/** Loads that wait in a step that combines: a score's states, then the sum's. */
function combiningWaits({ kinds, attends, combining }: Sizes): number {
  return combining * kinds * (1 + attends);
}

/**
 * recurrence_forward: a workgroup loops over time for `rows` utterances; a lane multiplies BLOCK of its units at a
 * time, four k in each iteration. Where PARTS lanes share k, each has a part of it and more units.
 */
export function persistentForward(own: Dispatched): KernelWork {
  const sizes = sizesOf(own);
  const { units, rows, lanes, steps, groups, weightBytes } = sizes;
  const block = numberOf(own.pass.defines['BLOCK'], 1);
  const parts = Math.max(1, numberOf(own.pass.defines['PARTS'], 1));
  const blocks = Math.ceil(Math.ceil((units * parts) / lanes) / block);
  const iterations = Math.ceil(units / 4 / parts);
  return {
    groups,
    lanes,
    workgroupBytes: 8 * units * rows,
    steps,
    loop: times(lanes * blocks * iterations, {
      madds: 4 * block * rows,
      loads: 4 * block,
      staged: rows,
    }),
    rest: plus(
      times(units * rows, plus(times(1, forwardCell), combination(sizes, false))),
      times(parts > 1 ? 2 * units * rows * parts : 0, { staged: 1 }),
    ),
    barriers: 1 + (parts > 1 ? 1 : 0) + combiningBarriers(sizes),
    waits: 1 + combiningWaits(sizes),
    exchanges: 0,
    streamed: units * units * weightBytes,
    inFlight: 8 * block * weightBytes, // compilers unroll the loop once at least
    again: true,
  };
}

/** recurrence_backward: one k in each iteration, BLOCK units of a lane at a time. */
export function persistentBackward(own: Dispatched): KernelWork {
  const sizes = sizesOf(own);
  const { units, rows, lanes, steps, groups, weightBytes } = sizes;
  const block = numberOf(own.pass.defines['BLOCK'], 1);
  const parts = Math.max(1, numberOf(own.pass.defines['PARTS'], 1));
  const blocks = Math.ceil(Math.ceil((units * parts) / lanes) / block);
  return {
    groups,
    lanes,
    workgroupBytes: 16 * units * rows,
    steps,
    loop: times(lanes * blocks * Math.ceil(units / parts), {
      madds: block * rows,
      loads: block,
      staged: rows,
    }),
    rest: plus(
      times(units * rows, plus(times(1, backwardCell), combination(sizes, true))),
      times(parts > 1 ? 2 * units * rows * parts : 0, { staged: 1 }),
    ),
    barriers: 2 + (parts > 1 ? 1 : 0) + 2 * combiningBarriers(sizes),
    waits: 1 + combiningWaits(sizes),
    exchanges: 0,
    streamed: units * units * weightBytes,
    inFlight: 4 * block * weightBytes, // and this one four times
    again: true,
  };
}

/**
 * recurrence_slice_forward and _backward: a workgroup has SLICE units; lanes share the sums over k. A dispatch is a step, or
 * a phase of one that combines by attention.
 */
export function slices(own: Dispatched, down: boolean): KernelWork {
  const sizes = sizesOf(own);
  const { units, rows, lanes, steps, groups, weightBytes, attends } = sizes;
  const { phase = 0, slices = 1 } = own.uniforms;
  const slice = numberOf(own.pass.defines['SLICE'], 4);
  const quads = rows / 4;
  const parts = Math.max(1, Math.floor(lanes / (slice * quads)));
  const cells = slice * rows;
  const product = times(slice * quads * units, { madds: 4, loads: 1, staged: down ? 4 : 1 });
  const staging = times(units * rows, { loads: 1, staged: 1 });
  const cell = times(cells, down ? backwardCell : forwardCell);
  const sums = times(cells * parts, { staged: 2 });
  const combined = times(cells, combination(sizes, down));
  const chunks = down ? Math.ceil(units / CHUNK) : 1;
  return {
    groups,
    lanes,
    workgroupBytes: 4 * units * rows + 64 * lanes,
    steps,
    loop: phase > 0 ? none : product,
    rest: phase > 0 ? plus(cell, combined) : plus(staging, sums, cell),
    barriers: phase > 0 ? 2 : 1 + 2 * chunks,
    waits: (phase > 0 ? 2 : 2 + chunks) + (attends > 0 && phase > 0 ? slices : 0),
    exchanges: 0,
    streamed: phase > 0 ? cells * 16 : slice * units * weightBytes,
    inFlight: 4 * weightBytes,
    again: false,
  };
}

/** Quads of rows that a lane multiplies at a time, and quads of words that it has in flight. */
const LANE_QUADS = 2;
const BATCH = 4;

/**
 * recurrence_cooperative_forward and _backward: a workgroup has SLICE units and its weights (WEIGHTS: 0 in workgroup
 * memory, 1 in registers, 2 streamed). The workgroups of a tile exchange h', or backward partial sums of d h'.
 */
export function cooperative(own: Dispatched, down: boolean): KernelWork {
  const sizes = sizesOf(own);
  const { units, rows, lanes, steps, groups, weightBytes, attends, combining, kinds, offsets } =
    sizes;
  const { defines } = own.pass;
  const { slices = 1, patience = 0 } = own.uniforms;
  const slice = numberOf(defines['SLICE'], 4);
  const weights = numberOf(defines['WEIGHTS'], 0);
  const quads = rows / 4;
  const laneQuads = Math.min(quads, LANE_QUADS);
  const reads = (slice * units * quads) / laneQuads;
  const cells = slice * rows;
  // forward a lane takes h' of all units, backward every slice's sums for its own
  const words = (down ? slices * cells : units * rows) / lanes;
  const scores = attends * combining * kinds;
  const scoreWords = slices * Math.ceil((rows * offsets) / lanes);
  const batches = (count: number) => Math.ceil(count / 4 / BATCH);
  return {
    groups,
    lanes,
    workgroupBytes:
      4 * units * rows + 64 * lanes + (weights === 0 ? slice * units * weightBytes : 0),
    steps,
    loop: plus(
      times(slice * units * quads, { madds: 4, staged: down ? 2 : 1 }),
      times(weights === 1 ? 0 : reads, weights === 0 ? { staged: 1 } : { loads: 1 }),
    ),
    rest: plus(
      times(words * lanes, { loads: 1, staged: 0.25 }),
      times(cells, down ? backwardCell : forwardCell),
      times(cells, combination(sizes, down)),
      times(2 * lanes * laneQuads * 4, { staged: 1 }),
    ),
    barriers: 3 + 2 * scores,
    waits: 1 + batches(words) + scores * (1 + batches(scoreWords)),
    exchanges: 1 + scores,
    patience,
    streamed: weights === 2 ? slice * units * weightBytes : cells * 16,
    inFlight: 4 * weightBytes,
    again: true,
  };
}
