import type { HeadConfig, ModelConfig } from '../../core/config.js';
import { outputsOf } from '../../core/heads.js';
import { pad4 } from '../../kernels/descriptor.js';
import type { HeadPlace } from '../../kernels/heads/head_places.js';
import { headsRow } from '../layers/index.js';

/** The tensor of all heads' logits, [utterances, columns]. */
export const LOGITS = 'heads.logits';

/** Stacked hidden layers of all heads that have one: one dense layer. */
export const HIDDEN = 'heads.hidden';

/** Weights of all output layers, one head's [columns, inputs] after the other's, then their biases [columns]. */
export const OUTPUT = 'heads.output';

/** A head and where it is in what the heads share. */
export interface PlacedHead extends HeadPlace {
  readonly head: HeadConfig;
}

/** What the heads share: the columns of their logits, a hidden layer, the weights of their output layers. */
export interface HeadPlaces {
  /** In the order of the config. */
  readonly heads: readonly PlacedHead[];
  /** Columns of the logits. */
  readonly columns: number;
  /** Units of the hidden layer; 0: no head has one. */
  readonly units: number;
  /** Values of all weights of output layers. */
  readonly weights: number;
}

/** Whether a head's output layer reads its own columns of the hidden layer, or else the pooled vector. */
export function isHidden({ head }: { readonly head: HeadConfig }): boolean {
  return head.hidden > 0;
}

/** Where the heads of a model are, one after the other; each begins at a multiple of four. */
export function placeHeads(model: ModelConfig): HeadPlaces {
  const { stride } = headsRow(model);
  let [columns, units, weights] = [0, 0, 0];
  const heads = model.heads.map((head): PlacedHead => {
    const own = pad4(outputsOf(head));
    const hidden = pad4(head.hidden);
    const inputs = hidden || stride;
    const placed = {
      head,
      first: columns,
      columns: own,
      input: hidden ? units : 0,
      inputs,
      weight: weights,
    };
    columns += own;
    units += hidden;
    weights += own * inputs;
    return placed;
  });
  return { heads, columns, units, weights };
}
