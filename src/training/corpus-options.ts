import { z } from 'zod';
import type { AugmentConfig } from '../core/augment.js';
import { UsageError } from '../core/errors.js';
import type { StopSignal } from '../core/host-types.js';
import { brief } from '../core/json.js';
import { dictionaryOf, flag, integer, listOf, object, oneOf, real, text } from '../core/schema.js';
import { cells } from '../core/cells.js';
import { nearest } from '../core/suggest.js';
import {
  corpusFilterFields,
  type CorpusFilters,
  type CorpusPermissions,
} from '../corpora/filters.js';
import { corpusFormats } from '../corpora/registry.js';
import type { CorpusPart } from '../corpora/several.js';
import { validationUnits } from '../corpora/split.js';
import { conditionsSchema, speedsSchema } from '../features/schemas.js';
import { normalisations } from '../features/normalise.js';
import { presetNames } from '../model/presets.js';
import { modelFields, functionalsScopes } from '../network/fields.js';
import { optimizerNames } from '../network/model-config.js';
import { precisions, type KernelPlan, type Precision } from '../plan/plan.js';
import { augmentSchema } from '../runs/augment.js';
import type {
  HeadChoices,
  ModelChoices,
  NormaliseChoices,
  TrainingChoices,
} from '../runs/choices.js';
import { faultPolicies } from '../runs/faults.js';
import { logFormats, type LogFormat } from '../runs/log-formats.js';
import type { EpochLog } from '../runs/log.js';
import { scheduleNames } from '../runs/schedule.js';
import { keeps, samplings, type RunSettings } from '../runs/settings.js';
import type { ValidationChoices } from './begin.js';
import type { ClassWeights } from './class-weights.js';
import type { TrainProgress } from './trainer.js';

/** What `train` makes of a corpus: the options of `alstm train`, in camelCase and with the same defaults. */
export interface CorpusTrainOptions
  extends
    Omit<TrainingChoices, 'warmup' | 'augment'>,
    ModelChoices,
    HeadChoices,
    NormaliseChoices,
    ValidationChoices,
    CorpusFilters,
    CorpusPermissions {
  /** Run folder to write: a new one, or with `resume` the one to resume. */
  readonly out: string;
  /** Format of the corpus in `data`, one of `corpusFormats`. */
  readonly corpus?: string | undefined;
  /** Folder of the corpus, or its manifest; or several corpora, each with its format. */
  readonly data?: string | readonly CorpusPart[] | undefined;
  /** Manifest CSV, in place of `corpus` and `data`. */
  readonly manifest?: string | undefined;
  /** Speakers held out for testing. */
  readonly testSpeakers?: readonly string[] | undefined;
  /** Most bytes of memory for features; more are read from the cache. Default: 128 MiB. */
  readonly featureMemory?: number | undefined;
  /** Settings to start from, which the other options override. */
  readonly config?: RunSettings | undefined;
  /** Steps over which the learning rate rises, or their share of all, such as `8%`. */
  readonly warmup?: number | `${number}%` | undefined;
  /** Augment the frames in training; true: with values that work. */
  readonly augment?: boolean | AugmentConfig | undefined;
  /** Weights of the emotions in the loss: in the order of their names, by name (1 for the others), or `balanced`. */
  readonly classWeights?: ClassWeights | undefined;
  /** A model folder, a run folder or an archive to start from: fine-tuning. */
  readonly initFrom?: string | undefined;
  /** Logs to write beside `log.jsonl`. */
  readonly logFormat?: readonly LogFormat[] | undefined;
  /** Storage type of activations; default: f32. f16 needs a GPU with shader-f16. */
  readonly precision?: Precision | undefined;
  /** Kernel plan, as `alstm tune` writes it and `parsePlan` reads it. */
  readonly plan?: KernelPlan | undefined;
  /** Whether to time kernel variants; default: on a GPU in Node, not in a browser. */
  readonly tune?: boolean | undefined;
  /** Also try recurrences whose workgroups synchronise with each other (experimental). */
  readonly cooperative?: boolean | undefined;
  /** Resume the run in `out` with its own options. */
  readonly resume?: boolean | undefined;
  /** File for a trace of the first passes, for Perfetto. */
  readonly trace?: string | undefined;
  /** Of everything random; default 0. */
  readonly seed?: number | undefined;
  /** Folder for features and tuned plans, which can be recreated; default: the user's cache folder, in a browser none. */
  readonly cache?: string | undefined;
  /** Once aborted, training writes a checkpoint and ends, with `stopped` 'interrupted'; it can be resumed. */
  readonly signal?: StopSignal | undefined;
  /** Called with each line that a user should see. */
  readonly log?: ((line: string) => void) | undefined;
  /** Called while features are computed. */
  readonly onFeatures?: ((done: number, total: number) => void) | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((epoch: EpochLog) => void) | undefined;
  /** Called a few times a second, and after each epoch. */
  readonly onProgress?: ((progress: TrainProgress) => void) | undefined;
}

const callback = z.custom((value) => typeof value === 'function', 'a function');
const names = listOf(text());
const share = real({ from: 0, to: 1 });
const nothing = z.custom(() => true);
const weights = z.union(
  [z.literal('balanced'), listOf(real({ from: 0 })), dictionaryOf(real({ from: 0 }))],
  '"balanced", a list of numbers of at least 0, or an object of them',
);
const part = object({
  corpus: oneOf(corpusFormats as readonly [string, ...string[]]),
  path: text(),
  map: dictionaryOf(z.string('a text')).exactOptional(),
});

const SHARE = 'steps, or a share of all such as "8%"';

/** What each option has to be; a model's and a run's settings are checked where they are used, too. */
const fields: Readonly<Record<keyof CorpusTrainOptions, z.ZodType>> = {
  ...corpusFilterFields,
  allowOutside: flag(),
  out: text(),
  corpus: oneOf(corpusFormats as readonly [string, ...string[]]),
  data: z.union([text(), z.array(part).min(1)], 'a path, or a list of { corpus, path }'),
  manifest: text(),
  testSpeakers: names,
  validationSpeakers: names,
  validationShare: real({ from: 0, under: 1 }),
  validateBy: oneOf(validationUnits),
  featureMemory: integer(1),
  config: z.looseObject({}, 'an object'),
  preset: oneOf(presetNames),
  features: text(),
  hopMs: real({ over: 0 }),
  trimDb: z.union([z.literal('none'), real({ from: 0 })], 'a number of at least 0, or "none"'),
  speeds: speedsSchema,
  conditions: conditionsSchema,
  strangers: flag(),
  normalise: oneOf(normalisations),
  kappa: real({ from: 0 }),
  cell: oneOf(cells),
  units: integer(1),
  inputUnits: integer(1),
  recurrentLayers: modelFields.recurrentLayers,
  subsample: modelFields.by,
  subsampleHow: modelFields.how,
  functionals: integer(0),
  functionalsScope: oneOf(functionalsScopes),
  heads: names,
  headHidden: integer(0),
  offsets: listOf(integer(1)),
  period: integer(1),
  unidirectional: flag(),
  pooling: modelFields.pooling,
  dropout: share,
  labelSmoothing: share,
  regression: names,
  regressionLoss: oneOf(['ccc', 'mse']),
  reversal: dictionaryOf(real({ from: 0 })),
  classWeights: weights,
  epochs: integer(1),
  minSteps: integer(0),
  batch: integer(1),
  lr: real({ over: 0 }),
  optimizer: oneOf(optimizerNames),
  weightDecay: real({ from: 0 }),
  clip: real({ from: 0 }),
  schedule: oneOf(scheduleNames),
  warmup: z.union([integer(0), z.string().regex(/^(?:100|\d{1,2}(?:\.\d+)?)%$/, SHARE)], SHARE),
  patience: integer(0),
  memoryBudget: integer(1),
  checkpointEvery: integer(1),
  onNonFinite: oneOf(faultPolicies),
  ema: real({ from: 0, under: 1 }),
  augment: z.union([z.boolean(), augmentSchema], 'true, false, or settings of augmentation'),
  sampling: oneOf(samplings),
  keep: oneOf(keeps),
  initFrom: text(),
  logFormat: listOf(oneOf(logFormats)),
  precision: oneOf(precisions),
  plan: z.looseObject({}, 'a kernel plan'),
  tune: flag(),
  cooperative: flag(),
  resume: flag(),
  trace: text(),
  seed: integer(0),
  cache: text(),
  signal: nothing,
  log: callback,
  onFeatures: callback,
  onEpoch: callback,
  onProgress: callback,
};

/** Options that may be given with `resume`. */
const withResume: readonly string[] = [
  ...['out', 'resume', 'trace', 'onNonFinite', 'allowOutside', 'corpus', 'data', 'manifest'],
  ...['featureMemory', 'cache', 'signal', 'log', 'onFeatures', 'onEpoch', 'onProgress'],
];

/**
 * Refuses options that `train` does not have, or whose values cannot be.
 *
 * @param more options of the host, with what each has to be
 * @throws UsageError that names the first wrong one, and for a mistyped name what was meant
 * @internal
 */
export function checkOptions(
  options: CorpusTrainOptions,
  more: Readonly<Record<string, z.ZodType>>,
): void {
  const all: Readonly<Record<string, z.ZodType>> = { ...fields, ...more };
  const { resume = false } = options;
  for (const [name, value] of Object.entries(options)) {
    const schema = Object.hasOwn(all, name) ? all[name] : undefined;
    if (schema === undefined) {
      const meant = nearest(name, Object.keys(all));
      const hint =
        meant === undefined ? 'They are those of `alstm train`.' : `Did you mean ${meant}?`;
      throw new UsageError(`train has no option ${brief(name)}`, hint);
    }
    if (value === undefined) continue;
    if (resume && !withResume.includes(name) && !Object.hasOwn(more, name)) {
      throw new UsageError(
        `\`${name}\` was given together with \`resume\``,
        'A run resumes with its own options: for others start a new run, with `initFrom` and another `out`.',
      );
    }
    const [issue] = schema.safeParse(value).error?.issues ?? [];
    if (issue === undefined) continue;
    const at = [name, ...issue.path.map(String)].join('.');
    const inner =
      issue.path.length > 0 ? 'has a value that is not' : `is ${brief(value)}, expected`;
    throw new UsageError(`train's \`${at}\` ${inner} ${issue.message}`, 'Correct this option.');
  }
  if (options.out === undefined) {
    throw new UsageError('train was not told where to write', 'Give `out`, the run folder.');
  }
}
