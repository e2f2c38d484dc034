import { presetNames } from '../core/choices.js';
import type {
  ClassificationHead,
  HeadConfig,
  ModelConfig,
  SubsampleConfig,
  TwoLayerModelConfig,
} from '../core/config.js';
import type { NormalisationScope } from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { withLayers } from '../network/model-config.js';

export { presetNames };
/**
 * A network and its training by name: `alstm` is the default.
 *
 * @example
 * const preset: PresetName = 'tao-liu-2018';
 * await train({ manifest: 'speech.csv', out: 'runs/first', preset });
 */
export type PresetName = (typeof presetNames)[number];

/** Weights of the losses in Tao & Liu's multi-task training; other tasks have 1. */
const taskWeights: Readonly<Record<string, number>> = { emotion: 1, speaker: 0.3, gender: 0.6 };

/** What a model hears, and what it is, except for what follows from its labels. */
interface Preset {
  readonly features: {
    /** Id of the feature set. */
    readonly set: string;
    /** In dB; null: recordings are not trimmed. */
    readonly trimDb: number | null;
    /** Copies of the training recordings at other speeds. */
    readonly speeds?: readonly number[];
    readonly normalise: NormalisationScope;
  };
  readonly network: Pick<
    TwoLayerModelConfig,
    'frontend' | 'recurrent' | 'pooling' | 'dropout' | 'functionals'
  > & {
    /** Before the input layer. */
    readonly subsample?: SubsampleConfig;
  };
  readonly head: Pick<ClassificationHead, 'hidden' | 'label_smoothing'>;
  /** The tasks that get a head if they are labelled; default: all that are. */
  readonly tasks?: readonly string[];
}

/** Section 1 of the paper, with 256 units per direction where the paper has 128. */
const alstm1: Preset = {
  features: { set: defaultFeatureSet.id, trimDb: null, normalise: 'utterance' },
  network: {
    frontend: { units: 256 },
    recurrent: { cell: 'a-lstm', units: 256, bidirectional: true, offsets: [5, 3, 1], period: 5 },
    pooling: 'attention',
    dropout: 0.5,
  },
  head: { hidden: 256 },
};

const paper: Preset = {
  ...alstm1,
  network: { ...alstm1.network, recurrent: { ...alstm1.network.recurrent, units: 128 } },
};

/** What recognises voices that it has never heard best: see test/guides/unseen-voices.md. */
const alstm: Preset = {
  features: { set: 'voice56', trimDb: 35, speeds: [0.9, 1.1], normalise: 'speaker' },
  network: {
    subsample: { by: 8, how: 'mean' },
    frontend: { units: 64 },
    recurrent: { cell: 'a-lstm', units: 32, bidirectional: true, offsets: [5, 3, 1], period: 1 },
    pooling: 'attention+deviation',
    functionals: { units: 64, scope: 'functionals' },
    dropout: 0.4,
  },
  head: { hidden: 0, label_smoothing: 0.1 },
  tasks: ['emotion'],
};

const presets: Readonly<Record<PresetName, Preset>> = {
  alstm,
  'alstm-1': alstm1,
  'tao-liu-2018': paper,
};

/** The features of a preset. */
export function presetFeatures(preset: PresetName): Preset['features'] {
  return presets[preset].features;
}

/** Layers, pooling and dropout of a preset. */
export function presetNetwork(preset: PresetName): Preset['network'] {
  return presets[preset].network;
}

/**
 * The tasks that get a head: the preset's, else all.
 *
 * @param labelled tasks that have labels
 */
export function presetTasks(preset: PresetName, labelled: readonly string[]): readonly string[] {
  const { tasks } = presets[preset];
  const own = labelled.filter((task) => tasks?.includes(task));
  return own.length > 0 ? own : labelled;
}

/**
 * The head of a preset for a task.
 *
 * @param classes number of classes, C
 */
export function presetHead(preset: PresetName, task: string, classes: number): HeadConfig {
  const { hidden, ...loss } = presets[preset].head;
  return { task, classes, hidden, weight: taskWeights[task] ?? 1, ...loss };
}

/** What a preset says of the head of a task with numbers. */
export function presetNumberHead(
  preset: PresetName,
  task: string,
): Pick<HeadConfig, 'task' | 'hidden' | 'weight'> {
  return { task, hidden: presets[preset].head.hidden, weight: taskWeights[task] ?? 1 };
}

/**
 * The model of a preset, with a head for each of its tasks.
 *
 * @example
 * const model = presetModel('alstm', { emotion: 4, gender: 2 });
 * console.log(parameterCount(model));
 *
 * @param classes number of classes by task
 * @param featureSet its feature set; default: `prosody36`
 */
export function presetModel(
  preset: 'alstm-1' | 'tao-liu-2018',
  classes: Readonly<Record<string, number>>,
  featureSet?: Pick<FeatureSet, 'dimensions'>,
): TwoLayerModelConfig;
export function presetModel(
  preset: PresetName,
  classes: Readonly<Record<string, number>>,
  featureSet?: Pick<FeatureSet, 'dimensions'>,
): ModelConfig;
export function presetModel(
  preset: PresetName,
  classes: Readonly<Record<string, number>>,
  { dimensions }: Pick<FeatureSet, 'dimensions'> = defaultFeatureSet,
): ModelConfig {
  const { frontend, recurrent, subsample, ...rest } = presetNetwork(preset);
  return {
    features: dimensions,
    ...withLayers({ frontend, recurrent }, { subsample }),
    ...rest,
    heads: presetTasks(preset, Object.keys(classes)).map((task) =>
      presetHead(preset, task, classes[task] ?? 0),
    ),
  };
}
