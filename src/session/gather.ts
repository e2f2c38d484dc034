import type { HeadConfig, ModelConfig } from '../core/config.js';
import { isRegression, outputsOf } from '../core/heads.js';
import type { Executable } from '../gpu/executable.js';
import { readBuffers } from '../gpu/readback.js';
import { probabilitiesName } from '../network/heads/cross-entropy.js';
import { LOGITS, placeHeads } from '../network/heads/place.js';
import { pooledRow } from '../network/layers/index.js';
import { POOLED, POOLING_WEIGHTS } from '../network/pooling.js';
import { axisNames } from '../network/time.js';
import type { PackedBatch } from './batch.js';
import { overFrames } from './frame-weights.js';
import type { Inference } from './types.js';

/** Values per step that an inference program computes besides the result of `predict`. */
export interface StepValues {
  readonly tensor: string;
  /** Index of the time axis. */
  readonly axis: number;
  /** f32 values per step. */
  readonly width: number;
  /** Receives the values of each row, [steps, width]. */
  readonly take: (row: number, values: Float32Array) => void;
}

/** Collects the inference results of a batch from its microbatches, with rows in the caller's order. */
export class Gatherer {
  readonly result: {
    readonly probabilities: Readonly<Record<string, Float32Array>>;
    readonly logits: Readonly<Record<string, Float32Array>>;
    readonly attention: Float32Array[];
    readonly pooled: Float32Array;
  };

  constructor(
    private readonly model: ModelConfig,
    private readonly lengths: Int32Array,
    private readonly more: readonly StepValues[] = [],
  ) {
    const B = lengths.length;
    const blank = (heads: readonly HeadConfig[]) =>
      Object.fromEntries(
        heads.map((head) => [head.task, new Float32Array(B * outputsOf(head))] as const),
      );
    const D = pooledRow(model).width;
    this.result = {
      probabilities: blank(model.heads.filter((head) => !isRegression(head))),
      logits: blank(model.heads),
      attention: [],
      pooled: new Float32Array(B * D),
    } satisfies Inference;
  }

  /** Reads the results of a microbatch that the executable has run; waits for the GPU. */
  async take(executable: Executable, packed: PackedBatch): Promise<void> {
    const { model, lengths, more } = this;
    const { rows, axes, scalars, size } = packed;
    const { utterances } = size;
    const ends = packed.sequences.map((own) => own.slice()); // the next batch packed overwrites them
    const steps = (axis: number) => scalars[axisNames(axis).steps] ?? NaN;
    const last = axes.length - 1;
    const pooled = pooledRow(model);
    const places = placeHeads(model);
    // a number has no probabilities
    const classifying = places.heads.filter(({ head }) => !isRegression(head));
    const wanted: [tensor: string, values: number][] = [
      [POOLING_WEIGHTS, steps(last)],
      [POOLED, utterances * pooled.stride],
      [LOGITS, utterances * places.columns],
      ...classifying.map(({ head, columns }): [string, number] => [
        probabilitiesName(head.task),
        utterances * columns,
      ]),
      ...more.map(({ tensor, axis, width }): [string, number] => [tensor, steps(axis) * width]),
    ];
    const ranges = wanted.map(([tensor, values]) => ({
      ...executable.range(tensor),
      bytes: values * 4,
    }));
    const read = await readBuffers(executable.gpu, ranges);
    const valuesOf = new Map(
      read.map((data, i) => [wanted[i]?.[0], new Float32Array(data)] as const),
    );
    const part = (tensor: string, from: number, to: number) =>
      (valuesOf.get(tensor) ?? new Float32Array()).subarray(from, to);
    const stepsOf = (tensor: string, axis: number, r: number, width: number) => {
      const first = ends[axis]?.[2 * r] ?? 0;
      const past = first + (ends[axis]?.[2 * r + 1] ?? 0);
      return part(tensor, first * width, past * width);
    };
    const { result } = this;
    rows.forEach((row, r) => {
      const weights = stepsOf(POOLING_WEIGHTS, last, r, 1).slice();
      result.attention[row] = overFrames(weights, axes, lengths[row] ?? 0);
      for (const { tensor, axis, width, take } of more) take(row, stepsOf(tensor, axis, r, width));
      const own = part(POOLED, r * pooled.stride, (r + 1) * pooled.stride);
      for (let k = 0; k < pooled.width; k++) {
        result.pooled[row * pooled.width + k] = own[pooled.column(k)] ?? NaN;
      }
      for (const { head, first } of places.heads) {
        const from = r * places.columns + first;
        const outputs = outputsOf(head);
        result.logits[head.task]?.set(part(LOGITS, from, from + outputs), row * outputs);
      }
      for (const { head, columns } of classifying) {
        const [from, outputs] = [r * columns, outputsOf(head)];
        const own = part(probabilitiesName(head.task), from, from + outputs);
        result.probabilities[head.task]?.set(own, row * outputs);
      }
    });
  }
}
