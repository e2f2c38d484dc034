import { combinesStates, type Cell } from '../core/cells.js';
import { ordinarySizes } from '../core/choices.js';
import {
  poolsDeviation,
  type FunctionalsScope,
  type ModelConfig,
  type Pooling,
  type SubsampleConfig,
} from '../core/config.js';
import { parseModelConfig, withLayers } from '../network/model-config.js';
import { presetModel } from '../model/presets.js';
import { precisions, type Precision } from '../plan/plan.js';

export { precisions, type Precision };

/** A network and the size of its batches: everything that a time depends on besides the machine. */
export interface BenchShape {
  /** Utterances per batch. */
  readonly batch: number;
  /** Frames per utterance. */
  readonly frames: number;
  /** Recurrent units per direction. */
  readonly units: number;
  /** Units of the dense input layer. */
  readonly frontendUnits: number;
  /** Number of stacked recurrent layers; default 1. */
  readonly recurrentLayers?: number;
  /** Frames merged into one before the input layer; default 1. */
  readonly subsample?: number;
  /** How frames are merged; default: mean. */
  readonly subsampleHow?: SubsampleConfig['how'];
  /** Units of the branch for functionals; absent: there is none. */
  readonly functionals?: number;
  /** Default: frames. */
  readonly functionalsScope?: FunctionalsScope;
  /** Hidden units per head; 0: none. */
  readonly headHidden: number;
  /** Classes by task. */
  readonly heads: Readonly<Record<string, number>>;
  readonly pooling: Pooling;
  readonly features: number;
  readonly cell: Cell;
  readonly period: number;
  readonly offsets: readonly number[];
  readonly bidirectional: boolean;
  readonly dropout: number;
  readonly precision: Precision;
}

/** Completes a shape with the values of the project's own network. */
export const ordinary = {
  ...ordinarySizes,
  pooling: 'attention',
  features: presetModel('alstm-1', {}).features,
  offsets: [5, 3, 1],
  bidirectional: true,
  dropout: 0.5,
} as const satisfies Partial<BenchShape>;

/** The model of a shape. Throws ConfigError if it is not valid. */
export function modelOf(shape: BenchShape): ModelConfig {
  const preset = presetModel('alstm-1', shape.heads);
  const { cell, units, bidirectional, offsets, period, pooling, dropout } = shape;
  return parseModelConfig(
    {
      features: shape.features,
      ...withLayers(
        {
          frontend: { units: shape.frontendUnits },
          recurrent: { cell, units, bidirectional, offsets: [...offsets], period },
        },
        {
          subsample: { by: shape.subsample ?? 1, how: shape.subsampleHow ?? 'mean' },
          recurrentLayers: shape.recurrentLayers,
        },
      ),
      pooling,
      ...(shape.functionals && {
        functionals: { units: shape.functionals, scope: shape.functionalsScope ?? 'frames' },
      }),
      heads: preset.heads.map((head) => ({ ...head, hidden: shape.headHidden })),
      dropout,
    },
    'options',
  );
}

/** `lstm`, `a-lstm/5`: the cell, with its period if it has one. */
export function cellName({ cell, period }: Pick<BenchShape, 'cell' | 'period'>): string {
  return !combinesStates(cell) ? cell : `${cell}/${period}`;
}

/** A shape in one line. */
export function shapeText(shape: BenchShape): string {
  const {
    batch,
    frames,
    units,
    precision,
    recurrentLayers = 1,
    subsample = 1,
    subsampleHow,
    pooling,
    functionals,
  } = shape;
  const layers =
    (recurrentLayers > 1 ? ` x ${recurrentLayers}` : '') +
    (subsample > 1 ? ` every ${subsample}` : '') +
    (subsample > 1 && subsampleHow === 'concatenate' ? ' concatenated' : '') +
    (poolsDeviation(pooling) ? ' deviation' : '') +
    (functionals ? ` functionals ${functionals}` : '');
  return `${cellName(shape)}${layers} ${precision} B ${batch} T ${frames} H ${units}`;
}
