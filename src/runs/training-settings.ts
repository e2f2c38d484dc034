import { z } from 'zod';
import { keeps, samplings } from '../core/choices.js';
import type { OptimizerConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { integer, object, oneOf, real } from '../core/schema.js';
import { optimizerNames, parseOptimizerConfig } from '../network/model-config.js';
import type { PresetName } from '../model/presets.js';
import { augmentRecipe, type AugmentConfig } from '../core/augment.js';
import { augmentSchema, parseAugment } from './augment.js';
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
  /** Share of the average of the parameters that an update keeps: the average is validated and saved. Absent: none. */
  readonly ema?: number;
  /** Absent: frames are not augmented. */
  readonly augment?: AugmentConfig;
  /** Which utterances an epoch has: each once (default), or as many drawn with all classes equally likely. */
  readonly sampling?: Sampling;
  /** Whose epoch's model is saved: of the best (default) or of the last one. */
  readonly keep?: Keep;
}

export { keeps, samplings };
export type Sampling = (typeof samplings)[number];
export type Keep = (typeof keeps)[number];

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

/** How a model is trained, in part: the preset has the rest. */
export interface TrainingSettings extends Partial<Omit<TrainingConfig, 'optimizer' | 'schedule'>> {
  readonly optimizer?: Choice<OptimizerConfig['name']>;
  readonly schedule?: Choice<ScheduleConfig['name']>;
  /** A small corpus is trained on for more epochs, until so many steps are made; 0: it is not. */
  readonly minSteps?: number;
}

/** How each preset trains, where it differs from the paper's way. */
export const presetTraining: Readonly<Record<PresetName, TrainingSettings>> = {
  alstm: {
    epochs: 5,
    minSteps: 1000,
    learningRate: 0.002,
    optimizer: { name: 'adamw', weight_decay: 0.05 },
    schedule: { name: 'cosine', warmupShare: 0.08 },
    ema: 0.98,
    augment: augmentRecipe,
    patience: 0,
    keep: 'last',
  },
  'alstm-1': {},
  'tao-liu-2018': {},
};

/** @internal */
export const trainingSchema: z.ZodType<TrainingSettings> = object({
  epochs: integer(1).exactOptional(),
  minSteps: integer(0).exactOptional(),
  batch: integer(1).exactOptional(),
  learningRate: real({ over: 0 }).exactOptional(),
  optimizer: choiceOf(optimizerNames).exactOptional(),
  schedule: choiceOf(scheduleNames).exactOptional(),
  clipNorm: real({ from: 0 }).exactOptional(),
  patience: integer(0).exactOptional(),
  checkpointSteps: integer(0).exactOptional(),
  memoryBudget: integer(0).exactOptional(),
  onNonFinite: oneOf(faultPolicies).exactOptional(),
  ema: real({ from: 0, under: 1 }).exactOptional(),
  augment: augmentSchema.exactOptional(),
  sampling: oneOf(samplings).exactOptional(),
  keep: oneOf(keeps).exactOptional(),
});

/** `{ [key]: both merged }`, or `{}` if there is neither. */
export function join<K extends string, T extends object>(
  key: K,
  base: T | undefined,
  over: T | undefined,
): Partial<Record<K, T>> {
  if (base === undefined && over === undefined) return {};
  return { [key]: { ...base, ...over } } as Partial<Record<K, T>>;
}

/** The same of choices; one of another name is replaced whole. */
export function joinNamed<K extends string, T extends { readonly name: string }>(
  key: K,
  base: T | undefined,
  over: T | undefined,
): Partial<Record<K, T>> {
  const other = base !== undefined && over !== undefined && base.name !== over.name;
  return join(key, other ? undefined : base, over);
}

/** The preset's choice with what is given; another name replaces it whole. */
function choice<T extends { readonly name: string }>(base: T | undefined, over: T | undefined) {
  return joinNamed('chosen', base, over).chosen;
}

/**
 * The full training configuration of settings. A preset's `minSteps` counts only if no epochs are given.
 *
 * @example
 * const { optimizer, learningRate } = resolveTraining({ training: { epochs: 3 } }, 'settings');
 * console.log(optimizer.name, learningRate); // adamw 0.002
 *
 * @param utterances of the training side: with `minSteps` there are as many epochs as these need; default: the
 *   epochs as they are
 * @throws ConfigError for a setting that the optimiser or schedule does not have, or an invalid value
 */
export function resolveTraining(
  settings: { readonly preset?: PresetName; readonly training?: TrainingSettings },
  source: string,
  utterances?: number,
): TrainingConfig {
  const preset = presetTraining[settings.preset ?? 'alstm'];
  const { optimizer: ownOptimizer, schedule: ownSchedule, ...base } = preset;
  const { optimizer, schedule, ...training } = settings.training ?? {};
  const { minSteps: usual = 0 } = training.epochs === undefined ? base : {};
  const {
    ema = 0,
    augment,
    sampling,
    keep,
    minSteps,
    ...given
  } = {
    ...base,
    minSteps: usual,
    ...training,
  };
  if (!(ema >= 0 && ema < 1)) {
    throw new ConfigError(
      `${source}: training.ema is ${ema}`,
      'Give a share from 0 (off) to below 1, such as 0.98.',
    );
  }
  const augmented = augment && parseAugment(augment, source, ['training', 'augment']);
  const config = {
    ...defaults,
    ...given,
    epochs: given.epochs ?? defaults.epochs,
    // absent where off, as in the runs of older versions: a run's hash depends on it
    ...(ema > 0 && { ema }),
    ...(augmented && { augment: augmented }),
    ...(sampling === 'balanced' && { sampling }),
    ...(keep === 'last' && { keep }),
    optimizer: parseOptimizerConfig(choice(ownOptimizer, optimizer) ?? { name: 'adam' }, source, [
      'training',
      'optimizer',
    ]),
    schedule: parseSchedule(choice(ownSchedule, schedule) ?? { name: 'constant' }, source, [
      'training',
      'schedule',
    ]),
  };
  if (minSteps > 0 && utterances !== undefined) {
    const stepsPerEpoch = Math.ceil(utterances / config.batch);
    config.epochs = Math.max(config.epochs, Math.ceil(minSteps / stepsPerEpoch));
  }
  if (config.schedule.name === 'cosine' && config.schedule.minimum > config.learningRate) {
    throw new ConfigError(
      `${source}: training.schedule.minimum is ${config.schedule.minimum}, more than the learning rate ${config.learningRate}`,
      'The minimum is the rate that the cosine ends at.',
    );
  }
  return config;
}
