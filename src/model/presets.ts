import type { TwoLayerModelConfig } from '../core/config.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';

export const presetNames = ['alstm', 'tao-liu-2018'] as const;
export type PresetName = (typeof presetNames)[number];

/** Weights of the losses in Tao & Liu's multi-task training; other tasks have 1. */
const taskWeights: Readonly<Record<string, number>> = { emotion: 1, speaker: 0.3, gender: 0.6 };

/** Units per direction. */
const presetUnits: Readonly<Record<PresetName, number>> = { alstm: 256, 'tao-liu-2018': 128 };

/** Hidden units and loss weight of a task's head. */
export function presetHead(task: string): { readonly hidden: number; readonly weight: number } {
  return { hidden: 256, weight: taskWeights[task] ?? 1 };
}

/**
 * The model of a preset, with a head for each task.
 *
 * @param classes number of classes by task
 * @param featureSet its feature set; default: `prosody36`
 */
export function presetModel(
  preset: PresetName,
  classes: Readonly<Record<string, number>>,
  { dimensions }: Pick<FeatureSet, 'dimensions'> = defaultFeatureSet,
): TwoLayerModelConfig {
  return {
    features: dimensions,
    frontend: { units: 256 },
    recurrent: {
      cell: 'a-lstm',
      units: presetUnits[preset],
      bidirectional: true,
      offsets: [5, 3, 1],
      period: 5,
    },
    pooling: 'attention',
    heads: Object.entries(classes).map(([task, count]) => ({
      task,
      classes: count,
      ...presetHead(task),
    })),
    dropout: 0.5,
  };
}
