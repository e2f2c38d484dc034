import type { AugmentConfig } from '../core/augment.js';
import type { Cell } from '../core/cells.js';
import type {
  FunctionalsScope,
  OptimizerConfig,
  Pooling,
  RegressionLoss,
  SubsampleConfig,
} from '../core/config.js';
import { UsageError } from '../core/errors.js';
import type { ConditionName } from '../features/conditions/conditions.js';
import type { NormalisationScope } from '../features/normalise.js';
import { DEFAULT_KAPPA } from '../features/speaker-moments.js';
import type { PresetName } from '../model/presets.js';
import type { FaultPolicy } from './faults.js';
import type { ScheduleConfig } from './schedule.js';
import { type Keep, resolveNormalise, type RunSettings, type Sampling } from './settings.js';
import { presetTraining } from './training-settings.js';

/** Which layers a network has before its pooling, and beside them. */
export interface LayerChoices {
  /** Units of the dense input layer. */
  readonly inputUnits?: number | undefined;
  /** Stacked recurrent layers, 1 to 4. */
  readonly recurrentLayers?: number | undefined;
  /** Every so many frames are merged into one before the input layer; 1: none. */
  readonly subsample?: number | undefined;
  /** How they are merged; default: their mean. */
  readonly subsampleHow?: SubsampleConfig['how'] | undefined;
  /** Units of a dense layer over functionals of the utterance, beside the other layers; 0: none. */
  readonly functionals?: number | undefined;
  /** Of what the functionals are: of the frames as the network receives them, or of raw ones. */
  readonly functionalsScope?: FunctionalsScope | undefined;
}

/** What a model is, as the command line says it: each choice overrides the configuration, which overrides the preset. */
export interface ModelChoices extends LayerChoices {
  /** Preset to start from; default: `alstm`. */
  readonly preset?: PresetName | undefined;
  /** Id of the feature set; default: as the preset. */
  readonly features?: string | undefined;
  /** Of `external:NAME` features: milliseconds from one frame to the next; default: 10. */
  readonly hopMs?: number | undefined;
  /** Leave out frames at beginning and end that are so many dB quieter than the loudest; `none`: keep them. */
  readonly trimDb?: number | 'none' | undefined;
  /** Train also on copies of the training recordings at these speeds, such as 0.9 and 1.1. */
  readonly speeds?: readonly number[] | undefined;
  /** And on copies under these conditions, as `underCondition` says. */
  readonly conditions?: readonly ConditionName[] | undefined;
  /** If features are normalised by speaker: normalise each of those copies as of a voice that is not known. */
  readonly strangers?: boolean | undefined;
  /** Recurrent cell. */
  readonly cell?: Cell | undefined;
  /** Recurrent units of each direction. */
  readonly units?: number | undefined;
  /** Hidden units of each head; 0: none. */
  readonly headHidden?: number | undefined;
  /** Tasks that get a head, such as emotion, speaker, gender; default: the preset's that are labelled. */
  readonly heads?: readonly string[] | undefined;
  /** Steps back that the A-LSTM combines. */
  readonly offsets?: readonly number[] | undefined;
  /** It combines states every so many steps. */
  readonly period?: number | undefined;
  /** Run forward in time only. */
  readonly unidirectional?: boolean | undefined;
  /** Pooling over time. */
  readonly pooling?: Pooling | undefined;
  /** Share of units dropped in training. */
  readonly dropout?: number | undefined;
}

/** How it is trained, in the same way. */
export interface TrainingChoices {
  /** Most epochs. */
  readonly epochs?: number | undefined;
  /** Train a small corpus for more epochs, until so many steps are made. */
  readonly minSteps?: number | undefined;
  /** Utterances of a batch. */
  readonly batch?: number | undefined;
  /** Learning rate. */
  readonly lr?: number | undefined;
  /** Update rule. */
  readonly optimizer?: OptimizerConfig['name'] | undefined;
  /** Weight decay of adamw. */
  readonly weightDecay?: number | undefined;
  /** Gradients are scaled down to this global norm; 0: no clipping. */
  readonly clip?: number | undefined;
  /** Schedule of the learning rate. */
  readonly schedule?: ScheduleConfig['name'] | undefined;
  /** Steps over which the learning rate rises, or their share of all. */
  readonly warmup?: Pick<ScheduleConfig, 'warmup' | 'warmupShare'> | undefined;
  /** Stop after so many epochs without improvement; 0: never. */
  readonly patience?: number | undefined;
  /** Most bytes of GPU memory: larger batches are split. */
  readonly memoryBudget?: number | undefined;
  /** A checkpoint every so many steps, besides one of every epoch. */
  readonly checkpointEvery?: number | undefined;
  /** What to do where a loss or gradient is not finite; default: `stop`. */
  readonly onNonFinite?: FaultPolicy | undefined;
  /** Validate and save the average of the weights: the share that an update keeps, such as 0.98; 0: off. */
  readonly ema?: number | undefined;
  /** How frames are changed in training. */
  readonly augment?: AugmentConfig | undefined;
  /** Utterances of an epoch: each once (default), or drawn with classes equally likely. */
  readonly sampling?: Sampling | undefined;
  /** Which epoch's model is saved; default: the best. */
  readonly keep?: Keep | undefined;
}

/** How heads are trained. */
export interface HeadChoices {
  /** Label smoothing of every head, 0 to 1. */
  readonly labelSmoothing?: number | undefined;
  /** Tasks of numbers: columns of a manifest, or attributes that a corpus has. */
  readonly regression?: readonly string[] | undefined;
  /** Their loss; default: `ccc`. */
  readonly regressionLoss?: RegressionLoss | undefined;
  /** Gradient reversal by task, such as `{ speaker: 0.1 }`: what heads share gets -0.1 times its gradient. */
  readonly reversal?: Readonly<Record<string, number>> | undefined;
}

/** How features are normalised. */
export interface NormaliseChoices {
  /** Over which frames each feature is normalised; default: as the preset. */
  readonly normalise?: NormalisationScope | undefined;
  /** Weight of the prior if they are normalised by speaker, in recordings. */
  readonly kappa?: number | undefined;
}

/** How an option, and a value of it, is written where it was given: `--keep last`, `keep: 'last'`. */
export type Spelling = (option: string, value?: string) => string;

/**
 * The weight of the prior: of the choices, else of the settings, else the default; undefined unless features are
 * normalised by speaker.
 *
 * @throws UsageError if one is given, and features are normalised otherwise
 */
export function kappaOf(
  { normalise: chosen, kappa }: NormaliseChoices,
  settings: RunSettings,
  spell: Spelling,
): number | undefined {
  const normalise = chosen ?? resolveNormalise(settings);
  const given = kappa ?? settings.features?.kappa;
  if (normalise === 'speaker') return given ?? DEFAULT_KAPPA;
  if (given === undefined) return undefined;
  throw new UsageError(
    `${kappa === undefined ? 'features.kappa' : spell('kappa')} was given, but features are normalised by ${normalise}`,
    `It belongs to ${spell('normalise', 'speaker')}.`,
  );
}

/**
 * The settings with how features are normalised.
 *
 * @throws UsageError as kappaOf
 */
export function withNormalisation(
  settings: RunSettings,
  choices: NormaliseChoices,
  spell: Spelling,
): RunSettings {
  const { normalise } = choices;
  const kappa = kappaOf(choices, settings, spell);
  if (normalise === undefined && kappa === undefined) return settings;
  const features = {
    ...settings.features,
    ...(normalise && { normalise }),
    ...(kappa !== undefined && { kappa }),
  };
  return { ...settings, features };
}

/**
 * The choices in the form of a configuration file.
 *
 * @param base what they are merged into later: an optimiser's or schedule's name
 */
export function settingsOf(flags: ModelChoices & TrainingChoices, base: RunSettings): RunSettings {
  const { preset, features, cell, units, offsets, period, pooling, dropout, warmup } = flags;
  const { unidirectional, weightDecay, memoryBudget } = flags;
  const { optimizer, schedule } = base.training ?? {};
  const own = presetTraining[preset ?? base.preset ?? 'alstm'];
  return {
    ...defined({ preset }),
    ...given('features', {
      set: features,
      hopMs: flags.hopMs,
      trimDb: flags.trimDb === 'none' ? null : flags.trimDb,
      speeds: flags.speeds,
      conditions: flags.conditions,
      strangers: flags.strangers,
    }),
    model: {
      ...defined({ pooling, dropout, recurrentLayers: flags.recurrentLayers, tasks: flags.heads }),
      ...given('subsample', { by: flags.subsample, how: flags.subsampleHow }),
      ...given('functionals', { units: flags.functionals, scope: flags.functionalsScope }),
      ...given('frontend', { units: flags.inputUnits }),
      ...given('recurrent', {
        ...{ cell, units, offsets, period },
        bidirectional: unidirectional ? false : undefined,
      }),
    },
    training: {
      ...defined({
        epochs: flags.epochs,
        minSteps: flags.minSteps,
        batch: flags.batch,
        learningRate: flags.lr,
        clipNorm: flags.clip,
        patience: flags.patience,
        checkpointSteps: flags.checkpointEvery,
        onNonFinite: flags.onNonFinite,
        memoryBudget,
        ema: flags.ema,
        augment: flags.augment,
        sampling: flags.sampling,
        keep: flags.keep,
      }),
      ...((flags.optimizer !== undefined || weightDecay !== undefined) && {
        optimizer: {
          name: flags.optimizer ?? optimizer?.name ?? own.optimizer?.name ?? 'adamw',
          ...defined({ weight_decay: weightDecay }),
        },
      }),
      ...((flags.schedule !== undefined || warmup !== undefined) && {
        schedule: {
          name: flags.schedule ?? schedule?.name ?? own.schedule?.name ?? 'constant',
          ...warmup,
        },
      }),
    },
  };
}

/** `{ [key]: the given values }`, or `{}` if none were given. */
function given<K extends string, T extends object>(key: K, values: T) {
  const own = defined(values);
  return (Object.keys(own).length === 0 ? {} : { [key]: own }) as Partial<Record<K, typeof own>>;
}

/** Without undefined values. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
