import type { Cell } from './cells.js';

/**
 * The model configuration as it stands in `config.json` of a model folder (src/model/format.ts)
 * and in the fixtures. `network/config.ts` validates it and holds the presets.
 */
export type Pooling = 'attention' | 'mean';

export interface HeadConfig {
  /** Name of the task: the column of the manifest that labels it. */
  readonly task: string;
  readonly classes: number;
  /** Units of the hidden ReLU layer; 0 for the output layer alone. */
  readonly hidden: number;
  /** Weight of this task's loss in the total. */
  readonly weight: number;
  /** Weight of each class in the loss, as torch.nn.functional.cross_entropy has it. */
  readonly class_weights?: readonly number[];
  /** 0 (off) to 1. */
  readonly label_smoothing?: number;
}

export interface RecurrentConfig {
  readonly cell: Cell;
  /** Units H of one direction. */
  readonly units: number;
  readonly bidirectional: boolean;
  /** Steps back of the combined states: distinct integers >= 1. */
  readonly offsets: readonly number[];
  /** A combination comes at every step s where s + 1 is a multiple of this. */
  readonly period: number;
}

export interface ModelConfig {
  /** Features a frame, F. */
  readonly features: number;
  readonly frontend: { readonly units: number };
  readonly recurrent: RecurrentConfig;
  readonly pooling: Pooling;
  readonly heads: readonly HeadConfig[];
  readonly dropout: number;
}

/** A parameter update rule; the settings mean what PyTorch's do. */
export type OptimizerConfig =
  | { readonly name: 'adam'; readonly beta1: number; readonly beta2: number; readonly eps: number }
  | {
      readonly name: 'adamw';
      readonly beta1: number;
      readonly beta2: number;
      readonly eps: number;
      readonly weight_decay: number;
    }
  | { readonly name: 'rmsprop'; readonly alpha: number; readonly eps: number }
  | { readonly name: 'sgd'; readonly momentum: number };
