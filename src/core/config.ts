import type { Cell } from './cells.js';

/** How the frames of an utterance become one vector. */
export type Pooling = 'attention' | 'mean' | 'attention+deviation';

/** Whether a pooling weights the steps by learned scores; else equally. */
export function attendsOverTime(pooling: Pooling): boolean {
  return pooling !== 'mean';
}

/** Whether a pooling also gives each value's weighted deviation over time. */
export function poolsDeviation(pooling: Pooling): boolean {
  return pooling === 'attention+deviation';
}

/**
 * What functionals are of: of the frames that the network receives, or of raw frames, then normalised by
 * speaker, given with each batch.
 */
export type FunctionalsScope = 'frames' | 'functionals';

/** A branch beside the layers: a dense layer over functionals of the utterance (core/functionals.ts). */
export interface FunctionalsConfig {
  /** Units of its dense layer, with ReLU and dropout; they follow the pooled values in the heads' input. */
  readonly units: number;
  readonly scope: FunctionalsScope;
}

/** The loss of a head that predicts a number: mean squared error, or 1 - CCC (Lin 1989). */
export type RegressionLoss = 'mse' | 'ccc';

/**
 * The loss that a head is trained with.
 *
 * @example
 * for (const { task, loss } of trained.model.heads)
 *   console.log(task, loss satisfies LossName | undefined);
 */
export type LossName = 'cross-entropy' | RegressionLoss;

interface AnyHeadConfig {
  /** Name of the task: the manifest column with its labels, or with its numbers. */
  readonly task: string;
  /** Units of the hidden ReLU layer; 0 for the output layer alone. */
  readonly hidden: number;
  /** Weight of this task's loss in the total. */
  readonly weight: number;
  /**
   * Gradient reversal (Ganin and Lempitsky 2015): what the head shares with others, the pooled vector and
   * below, receives -reversal times its gradient; its own parameters learn as ever. Absent: +1 times.
   */
  readonly reversal?: number;
}

/** A head that predicts a class. */
export interface ClassificationHead extends AnyHeadConfig {
  /** Default: `cross-entropy`. */
  readonly loss?: 'cross-entropy';
  readonly classes: number;
  /** Weight of each class in the loss, as in torch.nn.functional.cross_entropy. */
  readonly class_weights?: readonly number[];
  /** 0 (off) to 1. */
  readonly label_smoothing?: number;
}

/** A head that predicts a number: one output, no softmax. */
export interface RegressionHead extends AnyHeadConfig {
  readonly loss: RegressionLoss;
  readonly classes?: never;
  readonly class_weights?: never;
  readonly label_smoothing?: never;
}

/** An output of a network: the classes of a task, or a number. */
export type HeadConfig = ClassificationHead | RegressionHead;

/** A recurrent layer. */
export interface RecurrentConfig {
  readonly cell: Cell;
  /** Units H per direction. */
  readonly units: number;
  readonly bidirectional: boolean;
  /** How many steps back the combined states are: distinct integers >= 1. */
  readonly offsets: readonly number[];
  /** States are combined at every step s for which s + 1 is a multiple of this. */
  readonly period: number;
}

/** Merges every `by` frames of an utterance into one: their mean or concatenation. */
export interface SubsampleConfig {
  /** 1 to 16. */
  readonly by: number;
  readonly how: 'mean' | 'concatenate';
}

/** out = ReLU(W x + b), frame by frame. */
export interface DenseConfig {
  readonly units: number;
}

/** A layer over frames; in the order of the data, the last one is recurrent. */
export type LayerConfig =
  | ({ readonly kind: 'subsample' } & SubsampleConfig)
  | ({ readonly kind: 'dense' } & DenseConfig)
  | ({ readonly kind: 'recurrent' } & RecurrentConfig);

interface AnyModelConfig {
  /** Features per frame, F. */
  readonly features: number;
  readonly pooling: Pooling;
  /** Absent: there is no such branch. */
  readonly functionals?: FunctionalsConfig;
  readonly heads: readonly HeadConfig[];
  /** After each dense and each recurrent layer, and after a head's hidden layer. */
  readonly dropout: number;
}

/** An input layer and one recurrent layer: the form of alstm-model-1. */
export interface TwoLayerModelConfig extends AnyModelConfig {
  /** The dense input layer. */
  readonly frontend: DenseConfig;
  readonly recurrent: RecurrentConfig;
  readonly layers?: never;
}

/** Any list of layers: the form of alstm-model-2. */
export interface LayeredModelConfig extends AnyModelConfig {
  readonly layers: readonly LayerConfig[];
  readonly frontend?: never;
  readonly recurrent?: never;
}

/**
 * The model configuration, as stored in `config.json` of a model folder and in the fixtures, in either
 * form; `layersOf` gives the layers of both. `network/model-config.ts` validates it and holds the presets.
 */
export type ModelConfig = TwoLayerModelConfig | LayeredModelConfig;

/** A parameter update rule; the settings have the same meaning as in PyTorch. */
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
