import { z } from 'zod';
import type {
  DenseConfig,
  HeadConfig,
  LayerConfig,
  ModelConfig,
  OptimizerConfig,
  RecurrentConfig,
  SubsampleConfig,
} from '../core/config.js';
import { isRegressionLoss } from '../core/heads.js';
import type { LabelSets } from '../core/labels.js';
import { ConfigError } from '../core/errors.js';
import { checkSchema, integer, listOf, object, oneOf, real, text } from '../core/schema.js';
import { defaultFeatureSet, featureSet } from '../features/sets/registry.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { modelFields as f } from '../network/fields.js';
import { lossNames } from '../network/heads/index.js';
import {
  layersSchema,
  optimizerNames,
  parseModelConfig,
  parseOptimizerConfig,
  withLayers,
} from '../network/model-config.js';
import { presetHead, presetModel, presetNames, type PresetName } from '../model/presets.js';
import { type FaultPolicy, faultPolicies } from './faults.js';
import { parseSchedule, scheduleNames, type ScheduleConfig } from './schedule.js';

/** How a model is trained, in full. */
export interface TrainingConfig {
  /** Most epochs. */
  readonly epochs: number;
  /** Utterances of a batch. */
  readonly batch: number;
  readonly learningRate: number;
  readonly optimizer: OptimizerConfig;
  readonly schedule: ScheduleConfig;
  /** Gradients are scaled down to this global norm; 0: no clipping. */
  readonly clipNorm: number;
  /** Training stops after so many epochs in a row below the best validation accuracy; 0: it does not. */
  readonly patience: number;
  /** A checkpoint every so many steps, beside the one of every epoch; 0: none. */
  readonly checkpointSteps: number;
  /** Most bytes of GPU buffers, larger batches are split into microbatches; 0: what the adapter can bind. */
  readonly memoryBudget: number;
  /**
   * What to do if a loss or a gradient is not finite. In half precision such a gradient counts only once
   * the loss scale is down to 1: until then it halves the scale, like torch.amp.GradScaler.
   */
  readonly onNonFinite: FaultPolicy;
}

/** SPEC, Presets; the paper names no learning rate. */
const defaults = {
  epochs: 100,
  batch: 32,
  learningRate: 1e-3,
  clipNorm: 5,
  patience: 3,
  checkpointSteps: 0,
  memoryBudget: 0,
  onNonFinite: 'stop',
} as const;

const choiceOf = <const T extends readonly [string, ...string[]]>(names: T) =>
  z.looseObject({ name: oneOf(names) }, 'an object').readonly();

/** Which optimiser or schedule; the other keys are its settings. */
export interface Choice<Name extends string> {
  readonly name: Name;
  readonly [setting: string]: unknown;
}

/** The settings of a head; the rest follows from the labels. */
export type HeadSettings = Pick<HeadConfig, 'task'> & Partial<Omit<HeadConfig, 'task' | 'classes'>>;

/**
 * The content of `train --config FILE`, with what flags add: every part is optional. An optimiser or a
 * schedule needs only its `name`; its other settings have defaults.
 */
export interface RunSettings {
  readonly preset?: PresetName;
  readonly features?: {
    /** Id of the feature set; default: `prosody36`. */
    readonly set?: string;
  };
  readonly model?: Partial<Pick<ModelConfig, 'pooling' | 'dropout'>> & {
    /** The whole list of layers: replaces the four settings below. */
    readonly layers?: readonly LayerConfig[];
    /** Before the input layer. */
    readonly subsample?: Partial<SubsampleConfig>;
    /** The dense input layer. */
    readonly frontend?: Partial<DenseConfig>;
    readonly recurrent?: Partial<RecurrentConfig>;
    /** Stacked recurrent layers, 1 to 4. */
    readonly recurrentLayers?: number;
    readonly heads?: readonly HeadSettings[];
  };
  readonly training?: Partial<Omit<TrainingConfig, 'optimizer' | 'schedule'>> & {
    readonly optimizer?: Choice<OptimizerConfig['name']>;
    readonly schedule?: Choice<ScheduleConfig['name']>;
  };
}

const settingsSchema: z.ZodType<RunSettings> = object({
  preset: oneOf(presetNames).exactOptional(),
  features: object({ set: text().exactOptional() }).exactOptional(),
  model: object({
    layers: layersSchema.exactOptional(),
    subsample: object({ by: f.by.exactOptional(), how: f.how.exactOptional() }).exactOptional(),
    recurrentLayers: f.recurrentLayers.exactOptional(),
    frontend: object({ units: f.frontendUnits.exactOptional() }).exactOptional(),
    recurrent: object({
      cell: f.cell.exactOptional(),
      units: f.units.exactOptional(),
      bidirectional: f.bidirectional.exactOptional(),
      offsets: f.offsets.exactOptional(),
      period: f.period.exactOptional(),
    }).exactOptional(),
    pooling: f.pooling.exactOptional(),
    dropout: f.dropout.exactOptional(),
    heads: listOf(
      object({
        task: f.task,
        hidden: f.hidden.exactOptional(),
        weight: f.weight.exactOptional(),
        class_weights: f.classWeights.exactOptional(),
        label_smoothing: f.labelSmoothing.exactOptional(),
        loss: oneOf(lossNames).exactOptional(),
        reversal: f.reversal.exactOptional(),
      }),
    ).exactOptional(),
  }).exactOptional(),
  training: object({
    epochs: integer(1).exactOptional(),
    batch: integer(1).exactOptional(),
    learningRate: real({ over: 0 }).exactOptional(),
    optimizer: choiceOf(optimizerNames).exactOptional(),
    schedule: choiceOf(scheduleNames).exactOptional(),
    clipNorm: real({ from: 0 }).exactOptional(),
    patience: integer(0).exactOptional(),
    checkpointSteps: integer(0).exactOptional(),
    memoryBudget: integer(0).exactOptional(),
    onNonFinite: oneOf(faultPolicies).exactOptional(),
  }).exactOptional(),
});

/**
 * Checks settings parsed from JSON.
 *
 * @param source what they are, for errors: usually the path
 * @throws ConfigError naming the first invalid field, and what it may be
 */
export function parseRunSettings(json: unknown, source: string): RunSettings {
  const settings = checkSchema(settingsSchema, json, source);
  resolveFeatures(settings, source);
  resolveTraining(settings, source); // an optimiser's own settings are checked there
  return settings;
}

/** `over` wins, field by field; an optimiser or schedule of another name is replaced whole. */
export function mergeSettings(base: RunSettings, over: RunSettings): RunSettings {
  const model = {
    ...base.model,
    ...over.model,
    ...join('subsample', base.model?.subsample, over.model?.subsample),
    ...join('frontend', base.model?.frontend, over.model?.frontend),
    ...join('recurrent', base.model?.recurrent, over.model?.recurrent),
  };
  const training = {
    ...base.training,
    ...over.training,
    ...joinNamed('optimizer', base.training?.optimizer, over.training?.optimizer),
    ...joinNamed('schedule', base.training?.schedule, over.training?.schedule),
  };
  return { ...base, ...over, ...join('features', base.features, over.features), model, training };
}

/** `{ [key]: both merged }`, or `{}` if there is neither. */
function join<K extends string, T extends object>(
  key: K,
  base: T | undefined,
  over: T | undefined,
): Partial<Record<K, T>> {
  if (base === undefined && over === undefined) return {};
  return { [key]: { ...base, ...over } } as Partial<Record<K, T>>;
}

function joinNamed<K extends string, T extends { readonly name: string }>(
  key: K,
  base: T | undefined,
  over: T | undefined,
): Partial<Record<K, T>> {
  const other = base !== undefined && over !== undefined && base.name !== over.name;
  return join(key, other ? undefined : base, over);
}

/**
 * The feature set of settings.
 *
 * @throws ConfigError for an unknown one
 */
export function resolveFeatures({ features }: RunSettings, source: string): FeatureSet {
  const { set: id } = features ?? {};
  return id === undefined ? defaultFeatureSet : featureSet(id, `${source}: features.set`);
}

/**
 * The full training configuration of settings.
 *
 * @throws ConfigError for a setting that the optimiser or schedule does not have, or an invalid value
 */
export function resolveTraining(settings: RunSettings, source: string): TrainingConfig {
  const { optimizer, schedule, ...given } = settings.training ?? {};
  const config = {
    ...defaults,
    ...given,
    optimizer: parseOptimizerConfig(optimizer ?? { name: 'adam' }, source, [
      'training',
      'optimizer',
    ]),
    schedule: parseSchedule(schedule ?? { name: 'constant' }, source, ['training', 'schedule']),
  };
  if (config.schedule.name === 'cosine' && config.schedule.minimum > config.learningRate) {
    throw new ConfigError(
      `${source}: training.schedule.minimum is ${config.schedule.minimum}, more than the learning rate ${config.learningRate}`,
      'The minimum is the rate that the cosine ends at.',
    );
  }
  return config;
}

/** The layers of a model as settings: for a run of another model with the same layers. */
export function layerSettings(
  model: ModelConfig,
): Pick<NonNullable<RunSettings['model']>, 'layers' | 'frontend' | 'recurrent'> {
  if (model.layers) return { layers: model.layers };
  return { frontend: model.frontend, recurrent: model.recurrent };
}

/**
 * The model of settings: the preset's, with a head for each labelled task unless the settings list the
 * heads; one whose loss is `mse` or `ccc` predicts a number and needs no labels here.
 *
 * @param labels classes by task
 * @throws ConfigError for a head whose task has no labels, for an unknown feature set, and for an invalid
 *   model
 */
export function resolveModel(
  settings: RunSettings,
  labels: LabelSets,
  source: string,
): ModelConfig {
  const { layers, subsample, frontend, recurrent, recurrentLayers, heads, ...rest } =
    settings.model ?? {};
  const counts = Object.entries(labels).map(([task, { length }]) => [task, length] as const);
  const preset: PresetName = settings.preset ?? 'alstm';
  const set = resolveFeatures(settings, source);
  const base = presetModel(preset, Object.fromEntries(counts), set);
  const { frontend: baseFrontend, recurrent: baseRecurrent, ...others } = base;
  const cell = { ...baseRecurrent, ...recurrent };
  const two = {
    frontend: { ...baseFrontend, ...frontend },
    recurrent: { ...cell, period: recurrent?.period ?? Math.max(...cell.offsets) },
  };
  const given = Object.entries({ subsample, frontend, recurrent, recurrentLayers }).find(
    ([, value]) => value !== undefined,
  );
  if (layers !== undefined && given !== undefined) {
    throw new ConfigError(
      `${source}: model.layers was given together with model.${given[0]}`,
      'The list defines all layers: remove one of the two.',
    );
  }
  const model = {
    ...others,
    ...rest,
    ...(layers
      ? { layers }
      : withLayers(two, { subsample, recurrentLayers, list: set !== defaultFeatureSet })),
    heads:
      heads?.map((head): unknown => {
        // a number needs no labels: the data are checked before training
        if (isRegressionLoss(head.loss)) return { ...presetHead(head.task), ...head };
        const known = base.heads.find(({ task }) => task === head.task);
        if (known !== undefined) return { ...known, ...head };
        throw new ConfigError(
          `${source}: model.heads names the task "${head.task}", which has no labels in the training data`,
          `The labelled tasks are ${base.heads.map(({ task }) => task).join(', ') || 'none'}.`,
        );
      }) ?? base.heads,
  };
  return parseModelConfig(model, source, ['model']);
}
