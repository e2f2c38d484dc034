import type { ModelConfig } from '../core/config.js';
import type { Executable } from '../gpu/executable.js';
import { readBuffers } from '../gpu/readback.js';
import { deviceShape, pad4 } from '../network/shape.js';
import type { PackedBatch } from './batch.js';
import type { Inference } from './types.js';

/** Values of each frame that an inference program leaves beside what `predict` gives. */
export interface FrameValues {
  readonly tensor: string;
  /** f32 values a frame. */
  readonly width: number;
  /** Gets each row's own, [T, width]. */
  readonly take: (row: number, values: Float32Array) => void;
}

/** Gathers what inference gives of a batch from the parts that ran, its rows in the caller's order. */
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
    private readonly more?: FrameValues,
  ) {
    const B = lengths.length;
    const blank = () =>
      Object.fromEntries(
        model.heads.map(({ task, classes }) => [task, new Float32Array(B * classes)]),
      );
    const D = model.recurrent.units * deviceShape(model).directions;
    this.result = {
      probabilities: blank(),
      logits: blank(),
      attention: [],
      pooled: new Float32Array(B * D),
    } satisfies Inference;
  }

  /** Reads a part that the executable has run; waits for the GPU. */
  async take(executable: Executable, { rows, size, ...packed }: PackedBatch): Promise<void> {
    const { model, lengths, more } = this;
    const { frames, utterances } = size;
    const firsts = packed.sequences.slice(); // the next batch packed overwrites them
    const { units, directions, width } = deviceShape(model);
    const wanted: [tensor: string, values: number][] = [
      ['pooling.weights', frames],
      ['pooled', utterances * width],
      ...model.heads.flatMap(({ task, classes }) =>
        ['logits', 'probabilities'].map((what): [string, number] => [
          `heads.${task}.${what}`,
          utterances * pad4(classes),
        ]),
      ),
    ];
    if (more) wanted.push([more.tensor, frames * more.width]);
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
    const { probabilities, logits, attention, pooled } = this.result;
    const H = model.recurrent.units;
    rows.forEach((row, r) => {
      const first = firsts[2 * r] ?? 0;
      const past = first + (lengths[row] ?? 0);
      attention[row] = part('pooling.weights', first, past).slice();
      if (more) more.take(row, part(more.tensor, first * more.width, past * more.width));
      for (let d = 0; d < directions; d++) {
        const from = r * width + d * units;
        pooled.set(part('pooled', from, from + H), (row * directions + d) * H);
      }
      for (const { task, classes } of model.heads) {
        const [from, to] = [r * pad4(classes), r * pad4(classes) + classes];
        logits[task]?.set(part(`heads.${task}.logits`, from, to), row * classes);
        probabilities[task]?.set(part(`heads.${task}.probabilities`, from, to), row * classes);
      }
    });
  }
}
