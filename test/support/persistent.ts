import { recurrenceBackward } from '../../src/kernels/recurrence/recurrence_backward.js';
import { recurrenceForward } from '../../src/kernels/recurrence/recurrence_forward.js';
import { rolled, rowDefines, unrolled } from '../../src/kernels/recurrence/recurrence_loops.js';
import { testGpu } from './gpu.js';
import { runKernel } from './kernel.js';
import {
  expectZero,
  poison,
  sumPlanes,
  type Backward,
  type Forward,
  type RecurrenceData,
} from './recurrence.js';

export interface PersistentTile {
  readonly rows: number;
  readonly lanes: number;
  /** Steps of a dispatch: fewer than the longest makes the recurrence resume. */
  readonly steps: number;
  /** Loops over rows, units and offsets have constant trip counts. */
  readonly unrolled?: boolean;
  /** Units that a lane multiplies at a time: forward 1 or 2, backward 1 or 4; default 1. */
  readonly block?: number;
  /** Lanes that share the sums of a unit; default 1. */
  readonly parts?: number;
}

/** Each state is combined once at the most. */
function once({ settings, farthest }: RecurrenceData): boolean {
  return settings.period >= farthest;
}

function options(data: RecurrenceData, tile: PersistentTile) {
  const { settings, defines } = data;
  const { rows, lanes, block = 1, parts = 1 } = tile;
  return {
    defines: {
      ...defines,
      ...(tile.unrolled ? unrolled : rolled),
      ...rowDefines(rows, parts),
      BLOCK: block,
      ONCE: once(data) ? 1 : 0,
      UNITS_PER_LANE: Math.ceil((settings.units * parts) / lanes),
    },
    constants: { LANES: lanes, UNITS: settings.units },
  };
}

/** Trip counts of loops that are not unrolled. */
function trips({ rows, block = 1 }: PersistentTile) {
  return { tile_rows: rows, block };
}

/** recurrence_forward over all steps, in as many dispatches as the tile asks for. */
export async function persistentForward(
  data: RecurrenceData,
  tile: PersistentTile,
): Promise<Forward> {
  const gpu = await testGpu();
  const { settings, frames, weight, attention, sequences, stateStride } = data;
  const frameRows = frames * settings.directions;
  let kept: Forward = {
    gates: data.pre,
    states: poison(frameRows * stateStride),
    outputs: poison(frameRows * settings.units),
  };
  for (let first = 0; first < data.longest; first += tile.steps) {
    const { gates, states, outputs } = await runKernel(gpu, recurrenceForward, {
      uniforms: {
        ...data.uniforms,
        ...trips(tile),
        first_step: first,
        step_count: tile.steps,
      },
      buffers: { sequences, weight, attention, ...kept },
      ...options(data, tile),
    });
    kept = {
      gates: gates ?? kept.gates,
      states: states ?? kept.states,
      outputs: outputs ?? kept.outputs,
    };
  }
  return kept;
}

/**
 * recurrence_backward over all steps; `pending` is a ring as short as it may be, and left zero; where each
 * state is combined once, nothing is read of it that was not written.
 */
export async function persistentBackward(
  data: RecurrenceData,
  kept: Forward,
  tile: PersistentTile,
): Promise<Backward> {
  const gpu = await testGpu();
  const { settings, lengths, longest, farthest, kinds, dOutputs } = data;
  const { directions, units } = settings;
  const { steps, rows } = tile;
  const tiles = Math.ceil(lengths.length / rows);
  const planes = 2 * rows + 1;
  let gates = kept.gates;
  let carry: Float32Array = poison(planes * tiles * directions * units);
  const size = farthest * lengths.length * directions * kinds * units;
  let pending = once(data) ? Float32Array.from(poison(size)) : new Float32Array(size);
  for (let first = Math.floor((longest - 1) / steps) * steps; first >= 0; first -= steps) {
    const result = await runKernel(gpu, recurrenceBackward, {
      uniforms: {
        ...data.uniforms,
        ...trips(tile),
        first_step: first,
        step_count: Math.min(steps, longest - first),
        tiles,
        planes,
        ring: farthest,
        kinds,
      },
      buffers: {
        sequences: data.sequences,
        weight: data.transposed,
        attention: data.attention,
        gates,
        states: kept.states,
        d_outputs: dOutputs,
        pending,
        carry,
      },
      ...options(data, tile),
    });
    gates = result['gates'] ?? gates;
    carry = result['carry'] ?? carry;
    pending = new Float32Array(result['pending'] ?? pending);
  }
  if (!once(data)) expectZero(pending, 'pending');
  return { dGates: gates, dAttention: sumPlanes(carry, tiles, directions * units) };
}
