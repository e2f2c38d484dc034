import { z } from 'zod';
import {
  poolsDeviation,
  type DenseConfig,
  type FunctionalsConfig,
  type HeadConfig,
  type LayerConfig,
  type ModelConfig,
  type RecurrentConfig,
  type SubsampleConfig,
} from '../core/config.js';
import { isRegressionLoss } from '../core/heads.js';
import type { LabelSets } from '../core/labels.js';
import type { DataSource } from '../data/source.js';
import { ConfigError } from '../core/errors.js';
import { checkSchema, flag, integer, listOf, object, oneOf, real, text } from '../core/schema.js';
import { externalName } from '../features/external/set.js';
import { byUtterance, normalisations, type NormalisationScope } from '../features/normalise.js';
import { defaultFeatureSet, featureSet, refuseUnknownSet } from '../features/sets/registry.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { DEFAULT_KAPPA } from '../features/speaker-moments.js';
import type { ConditionName } from '../features/conditions/conditions.js';
import { conditionsSchema, speedsSchema, trimDbSchema } from '../features/schemas.js';
import { unlessUntrimmed } from '../features/trim.js';
import { functionalsScopes, modelFields as f } from '../network/fields.js';
import { lossNames } from '../network/heads/index.js';
import { layersSchema, parseModelConfig, withLayers } from '../network/model-config.js';
import {
  presetFeatures,
  presetHead,
  presetNetwork,
  presetNames,
  presetNumberHead,
  presetTasks,
  type PresetName,
} from '../model/presets.js';
import {
  join,
  joinNamed,
  resolveTraining,
  trainingSchema,
  type TrainingSettings,
} from './training-settings.js';

export {
  type Choice,
  type Keep,
  keeps,
  resolveTraining,
  type Sampling,
  samplings,
  type TrainingConfig,
  type TrainingSettings,
} from './training-settings.js';

/** The settings of a head; the rest follows from the labels. */
export type HeadSettings = Pick<HeadConfig, 'task'> & Partial<Omit<HeadConfig, 'task' | 'classes'>>;

/**
 * The content of `train --config FILE`, with what flags add: every part is optional. An optimiser or a
 * schedule needs only its `name`; its other settings have defaults.
 */
export interface RunSettings {
  readonly preset?: PresetName;
  readonly features?: {
    /** Id of the feature set; default: the preset's. */
    readonly set?: string;
    /** Of `external:NAME`: from one frame to the next, in milliseconds; default: 10. */
    readonly hopMs?: number;
    /** Over which frames each feature is normalised; default: the preset's. */
    readonly normalise?: NormalisationScope;
    /** As in DataSource. */
    readonly trimDb?: number | null;
    /** As in DataSource. */
    readonly speeds?: readonly number[];
    /** As in DataSource. */
    readonly conditions?: readonly ConditionName[];
    /** As in DataSource. */
    readonly strangers?: boolean;
    /** Weight of the prior where features are normalised by speaker, in recordings; see `DataSource.kappa`. */
    readonly kappa?: number;
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
    /** A branch for functionals of the utterance. */
    readonly functionals?: Partial<FunctionalsConfig>;
    readonly heads?: readonly HeadSettings[];
    /** Tasks that get a head, instead of a list of `heads`; default: the preset's that are labelled. */
    readonly tasks?: readonly string[];
  };
  readonly training?: TrainingSettings;
}

const settingsSchema: z.ZodType<RunSettings> = object({
  preset: oneOf(presetNames).exactOptional(),
  features: object({
    set: text().exactOptional(),
    hopMs: real({ over: 0 }).exactOptional(),
    normalise: oneOf(normalisations).exactOptional(),
    trimDb: trimDbSchema.exactOptional(),
    speeds: speedsSchema.exactOptional(),
    conditions: conditionsSchema.exactOptional(),
    strangers: flag().exactOptional(),
    kappa: real({ from: 0 }).exactOptional(),
  }).exactOptional(),
  model: object({
    layers: layersSchema.exactOptional(),
    subsample: object({ by: f.by.exactOptional(), how: f.how.exactOptional() }).exactOptional(),
    recurrentLayers: f.recurrentLayers.exactOptional(),
    functionals: object({
      units: integer(0).exactOptional(),
      scope: oneOf(functionalsScopes).exactOptional(),
    }).exactOptional(),
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
    tasks: listOf(text()).exactOptional(),
  }).exactOptional(),
  training: trainingSchema.exactOptional(),
});

/**
 * Checks settings parsed from JSON.
 *
 * @example
 * const config = parseRunSettings(JSON.parse(await readText(files, 'small.json')), 'small.json');
 * await train({ manifest: 'speech.csv', out: 'runs/small', config });
 *
 * @param source what they are, for errors: usually the path
 * @throws ConfigError naming the first invalid field, and what it may be
 */
export function parseRunSettings(json: unknown, source: string): RunSettings {
  const settings = checkSchema(settingsSchema, json, source);
  const { set } = settings.features ?? {};
  if (set !== undefined) refuseUnknownSet(set, `${source}: features.set`);
  resolveTraining(settings, source); // an optimiser's own settings are checked there
  return settings;
}

/** `over` wins, field by field; an optimiser or schedule of another name is replaced whole. */
export function mergeSettings(base: RunSettings, over: RunSettings): RunSettings {
  const model = {
    ...base.model,
    ...over.model,
    ...join('subsample', base.model?.subsample, over.model?.subsample),
    ...join('functionals', base.model?.functionals, over.model?.functionals),
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

/**
 * The feature set of settings.
 *
 * @throws ConfigError for an unknown one
 */
export function resolveFeatures(
  { preset = 'alstm', features }: RunSettings,
  source: string,
): FeatureSet {
  return featureSet(features?.set ?? presetFeatures(preset).set, `${source}: features.set`);
}

/** How the features of settings are normalised. */
export function resolveNormalise({ preset = 'alstm', features }: RunSettings): NormalisationScope {
  return features?.normalise ?? presetFeatures(preset).normalise;
}

/** What the preset hears; with external features, nothing that needs the sound. */
function featuresHeard({
  preset = 'alstm',
  features,
}: RunSettings): ReturnType<typeof presetFeatures> {
  const { speeds, ...own } = presetFeatures(preset);
  const { set = own.set } = features ?? {};
  if (externalName(set) !== undefined) return { ...own, trimDb: null };
  return { ...own, ...(speeds && { speeds }) };
}

/** How much quieter than their loudest frame recordings are trimmed to, in dB; null: not at all. */
export function resolveTrim(settings: RunSettings): number | null {
  const { trimDb = featuresHeard(settings).trimDb } = settings.features ?? {};
  return trimDb;
}

/**
 * What settings say of the features, as a data source has it.
 *
 * @throws ConfigError for an unknown feature set
 */
export function featureSource(
  settings: RunSettings,
  source: string,
): Pick<
  DataSource,
  'features' | 'hopMs' | 'trimDb' | 'speeds' | 'conditions' | 'strangers' | 'normalise' | 'kappa'
> {
  const own = featuresHeard(settings);
  const { set, hopMs } = { ...own, ...settings.features };
  refuseUnknownSet(set, `${source}: features.set`);
  const normalise = resolveNormalise(settings);
  const { speeds = own.speeds, conditions, strangers } = settings.features ?? {};
  return {
    ...(set !== defaultFeatureSet.id && { features: set }),
    ...(hopMs !== undefined && { hopMs }),
    ...unlessUntrimmed(resolveTrim(settings)),
    ...(speeds && { speeds }),
    ...(conditions && { conditions }),
    ...(strangers && { strangers }),
    ...(normalise !== byUtterance.scope && { normalise }),
    ...(normalise === 'speaker' && { kappa: settings.features?.kappa ?? DEFAULT_KAPPA }),
  };
}

/** Whether the model of settings takes functionals of raw features, which are normalised by speaker. */
export function wantsFunctionals(settings: RunSettings): boolean {
  return functionalsOf(settings)?.scope === 'functionals';
}

/**
 * The layers of a model, and its branch, as settings: for a run of another model with the same.
 *
 * @example
 * const { model } = await readRunConfig(files, 'runs/first');
 * const settings: RunSettings = { model: layerSettings(model), training: { epochs: 3 } };
 */
export function layerSettings(
  model: ModelConfig,
): Pick<NonNullable<RunSettings['model']>, 'layers' | 'frontend' | 'recurrent' | 'functionals'> {
  const branch = model.functionals && { functionals: model.functionals };
  if (model.layers) return { layers: model.layers, ...branch };
  return { frontend: model.frontend, recurrent: model.recurrent, ...branch };
}

/**
 * The model of settings: the preset's, with a head for each labelled task unless the settings list the
 * heads; one whose loss is `mse` or `ccc` predicts a number and needs no labels here.
 *
 * @example
 * const model = resolveModel({ preset: 'alstm' }, { emotion: ['anger', 'joy'] }, 'settings');
 * console.log(parameterCount(model));
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
  const { layers, subsample, frontend, recurrent, recurrentLayers, heads, pooling, dropout } =
    settings.model ?? {};
  const preset: PresetName = settings.preset ?? 'alstm';
  const set = resolveFeatures(settings, source);
  const base = presetNetwork(preset);
  const cell = { ...base.recurrent, ...recurrent };
  const two = {
    frontend: { ...base.frontend, ...frontend },
    recurrent: {
      ...cell,
      period: recurrent?.period ?? (recurrent?.offsets ? Math.max(...cell.offsets) : cell.period),
    },
  };
  // what alstm-model-1 cannot say
  const functionals = functionalsOf(settings);
  const newer =
    set !== defaultFeatureSet ||
    resolveTrim(settings) !== null ||
    functionals !== undefined ||
    poolsDeviation(pooling ?? base.pooling);
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
    features: set.dimensions,
    pooling: pooling ?? base.pooling,
    dropout: dropout ?? base.dropout,
    ...(layers
      ? { layers }
      : withLayers(two, {
          subsample: { ...base.subsample, ...subsample },
          recurrentLayers,
          list: newer,
        })),
    ...(functionals && { functionals }),
    heads: (heads ?? headTasks(settings, Object.keys(labels)).map((task) => ({ task }))).map(
      (head: HeadSettings): unknown => ({
        // a number needs no labels: the data are checked before training
        ...(isRegressionLoss(head.loss)
          ? presetNumberHead(preset, head.task)
          : baseHead(preset, head.task, labels, source)),
        ...head,
      }),
    ),
  };
  return parseModelConfig(model, source, ['model']);
}

/**
 * The tasks that get a head if the settings do not list the heads.
 *
 * @param labelled tasks with labels
 */
export function headTasks(
  { preset = 'alstm', model }: RunSettings,
  labelled: readonly string[],
): readonly string[] {
  return model?.tasks ?? presetTasks(preset, labelled);
}

/**
 * The branch for functionals with the preset's values where none are given; 0 units: none. Their scope, unless it
 * is given, is the better one that the normalisation allows (bench/experiments/unseen-voices).
 */
function functionalsOf(settings: RunSettings): Partial<FunctionalsConfig> | undefined {
  const { preset = 'alstm', model } = settings;
  const all = { ...presetNetwork(preset).functionals, ...model?.functionals };
  if (all.units === 0 || Object.keys(all).length === 0) return undefined;
  const best = resolveNormalise(settings) === 'speaker' ? 'functionals' : 'frames';
  return { ...all, scope: model?.functionals?.scope ?? best };
}

/** @throws ConfigError for a task without labels */
function baseHead(preset: PresetName, task: string, labels: LabelSets, source: string): HeadConfig {
  const own = labels[task];
  if (own !== undefined) return presetHead(preset, task, own.length);
  throw new ConfigError(
    `${source}: model.heads names the task "${task}", which has no labels in the training data`,
    `The labelled tasks are ${Object.keys(labels).join(', ') || 'none'}.`,
  );
}
