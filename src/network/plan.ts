import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { deviceShape } from './shape.js';

/** Which variants and tile sizes the kernels take: data, so that a run can store and repeat it. */
export interface KernelPlan {
  readonly version: 1;
  /** Lanes of a matrix product's workgroup; each holds an 8 x 8 tile. */
  readonly matmul: { readonly rowLanes: number; readonly columnLanes: number };
  /** Workgroups that a weight gradient's product is split into by frames, at least. */
  readonly gradientGroups: number;
  /** Utterances a workgroup (forward 4 or 8, backward 1, 2, 4 or 8) and its lanes. */
  readonly forward: RecurrencePlan;
  readonly backward: RecurrencePlan;
  /** Time steps of one dispatch of a recurrence: bounds how long it holds the device. */
  readonly stepsPerDispatch: number;
}

export interface RecurrencePlan {
  readonly rows: number;
  readonly lanes: number;
}

/** What a plan has to know of an adapter. */
export interface AdapterTraits {
  readonly software: boolean;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}

/** Bytes of workgroup memory of recurrence_forward. */
function forwardBytes(rows: number, lanes: number, units: number, offsets: number): number {
  return 2 * units * rows * 4 + offsets * (lanes + rows) * 4 + rows * 8 + 16;
}

/** Bytes of workgroup memory of recurrence_backward. */
function backwardBytes(rows: number, lanes: number, units: number, offsets: number): number {
  return units * rows * 16 + offsets * (lanes + rows) * 4 + rows * 8 + 16;
}

/**
 * The plan for a model on an adapter, by rules alone: software adapters want few lanes that do much
 * each, graphics cards many lanes. Throws ConfigError where the units fit no workgroup.
 */
export function choosePlan(model: ModelConfig, adapter: AdapterTraits): KernelPlan {
  const { units } = deviceShape(model);
  const offsets = model.recurrent.offsets.length;
  const most = Math.min(adapter.maxComputeInvocationsPerWorkgroup, 256);
  const wanted = adapter.software ? 16 : Math.max(16, 2 ** Math.ceil(Math.log2(units)));
  const lanes = Math.min(wanted, most);
  const fit = (
    candidates: readonly number[],
    bytes: (rows: number, lanes: number, units: number, offsets: number) => number,
  ): RecurrencePlan => {
    const rows = candidates.find(
      (r) => bytes(r, lanes, units, offsets) <= adapter.maxComputeWorkgroupStorageSize,
    );
    if (rows !== undefined) return { rows, lanes };
    throw new ConfigError(
      `${model.recurrent.units} recurrent units need more workgroup memory than the adapter's ` +
        `${adapter.maxComputeWorkgroupStorageSize} bytes`,
      'use fewer units or another adapter',
    );
  };
  return {
    version: 1,
    matmul: adapter.software ? { rowLanes: 4, columnLanes: 4 } : { rowLanes: 8, columnLanes: 8 },
    gradientGroups: adapter.software ? 4 : 512,
    forward: fit(adapter.software ? [8, 4] : [4], forwardBytes),
    backward: fit(adapter.software ? [8, 4, 2, 1] : [4, 2, 1], backwardBytes),
    stepsPerDispatch: 64,
  };
}
