import type { GraphBuilder } from '../graph/builder.js';
import type { Quantity, Tensor } from '../graph/types.js';

/** Size of a batch, or of the largest that a graph holds. */
export interface BatchCapacity {
  /** Sum of the lengths. */
  readonly frames: number;
  readonly utterances: number;
  /** Frames of the longest utterance. */
  readonly longest: number;
}

/** Names of the scalars and inputs of a time axis; those of axis 0, the features' frames, have no number. */
export function axisNames(axis: number) {
  const end = axis === 0 ? '' : `_${axis}`;
  return {
    /** Scalar: steps of all utterances. */
    steps: `frames${end}`,
    /** Scalar: steps of the longest utterance. */
    longest: `longest${end}`,
    /** Input: (utterance, step, length, row) of each step. */
    positions: `positions${end}`,
    /** Input: (first step, length) of each row. */
    sequences: `sequences${end}`,
  };
}

/** A time axis in a graph: the steps that a layer works on. */
export class TimeAxis {
  /** Names of its scalars. */
  readonly steps: string;
  readonly longest: string;
  #positions: Tensor | undefined;
  #sequences: Tensor | undefined;

  constructor(
    private readonly builder: GraphBuilder,
    readonly axis: number,
  ) {
    const { steps, longest } = axisNames(axis);
    this.steps = steps;
    this.longest = longest;
  }

  /** Capacity in steps. */
  get capacity(): number {
    return this.builder.capacity[this.steps] ?? NaN;
  }

  /** Capacity in steps of the longest utterance. */
  get longestCapacity(): number {
    return this.builder.capacity[this.longest] ?? NaN;
  }

  get positions(): Tensor {
    const { positions } = axisNames(this.axis);
    return (this.#positions ??= this.builder.tensor(positions, [this.capacity, 4], 'input', 'u32'));
  }

  get sequences(): Tensor {
    const { sequences } = axisNames(this.axis);
    const rows = this.builder.capacity['utterances'] ?? NaN;
    return (this.#sequences ??= this.builder.tensor(sequences, [rows, 2], 'input', 'u32'));
  }

  /** First step and number of steps of each dispatch of a recurrence; those past the longest do nothing. */
  spans(stepsPerDispatch: number): { first: number; count: Quantity }[] {
    const { longest } = this;
    const spans = [];
    for (let first = 0; first < this.longestCapacity; first += stepsPerDispatch) {
      const count: Quantity = {
        label: `min(${stepsPerDispatch}, ${longest} - ${first})`,
        of: (scalars) => Math.max(0, Math.min(stepsPerDispatch, (scalars[longest] ?? 0) - first)),
      };
      spans.push({ first, count });
    }
    return spans;
  }
}
