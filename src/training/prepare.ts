import type { ModelConfig } from '../core/config.js';
import type { HostTensor } from '../core/tensor.js';
import { ConfigError, CorpusError } from '../core/errors.js';
import { isRegression, meanLabelled } from '../core/heads.js';
import type { Files } from '../core/files.js';
import { VERSION } from '../core/version.js';
import type { Tensors } from '../session/types.js';
import type { Engine } from '../gpu/engine.js';
import { byUtterance } from '../features/normalise.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { unlessUntrimmed } from '../features/trim.js';
import { readModel, type TrainedModel } from '../model/folder.js';
import { initialParameters } from '../network/init.js';
import type { KernelPlan, Precision } from '../plan/plan.js';
import type { Tuning } from '../tuning/settle.js';
import { readLatestCheckpoint, type Checkpoint } from '../runs/checkpoint.js';
import {
  layerSettings,
  mergeSettings,
  resolveFeatures,
  resolveModel,
  resolveTraining,
  type RunSettings,
} from '../runs/settings.js';
import type { DataSource, RunData } from '../data/source.js';
import type { Dataset } from '../data/dataset.js';
import { digestLike, digestOf } from '../data/digest.js';
import { checkData, checkFunctionals } from './check-data.js';
import { startFrom, tellOfFeatures, tellOfLicense, tellOfNormalisation } from './fine-tune.js';
import { cutLog, readLog, type EpochLog } from '../runs/log.js';
import { besideJsonl, type LogFormat } from '../runs/log-formats.js';
import {
  hashOf,
  refuseDifference,
  RUN_FORMAT,
  type Machine,
  type RunConfig,
  type SideSummary,
} from '../runs/config.js';
import { readRunConfig, refuseUsedFolder } from '../runs/folder.js';

/** The inputs of a run; `train` adds its callbacks. */
export interface RunOptions {
  readonly engine: Engine;
  readonly files: Files;
  /** The run folder. */
  readonly out: string;
  readonly data: RunData;
  /**
   * Default: the preset `alstm`; when resuming, what the run was started with, of which only
   * `training.onNonFinite` may change.
   */
  readonly settings?: RunSettings | undefined;
  /** Of initial values, order of the batches and dropout; default 0. */
  readonly seed?: number | undefined;
  /** A model folder or run to load the initial values from: fine-tuning. */
  readonly initFrom?: string | undefined;
  /** Logs to write beside `log.jsonl`; default when resuming: what the run was started with. */
  readonly logFormats?: readonly LogFormat[] | undefined;
  /** Kernel plan; default: the run's own when resuming on the same machine, else as `tuning` says. */
  readonly plan?: KernelPlan | undefined;
  /** How activations are stored, if no plan is given. Default f32; when resuming, the run's own. */
  readonly precision?: Precision | undefined;
  /** How to choose a plan if none is given. Default: by rules alone. */
  readonly tuning?: Tuning | undefined;
  /** Called with each line that a user should see. */
  readonly log?: ((line: string) => void) | undefined;
}

/** A run before its first step on this device. */
export interface Prepared {
  /** Its configuration except for the machine, which is known once the session is created. */
  readonly begun: Omit<RunConfig, keyof Machine>;
  /** Of `begun`. */
  readonly hash: string;
  /** The machine that the run was on last; absent for a new one. */
  readonly before?: Machine;
  /** Whether its recordings are now at another path. */
  readonly moved?: boolean;
  /** The one given or the run's own; undefined: one has to be chosen. */
  readonly plan: KernelPlan | undefined;
  readonly precision: Precision | undefined;
  readonly parameters: Tensors;
  /** Where to resume; absent: from the beginning. */
  readonly checkpoint?: Checkpoint;
  /** Of the epochs done. */
  readonly log: readonly EpochLog[];
}

/**
 * Prepares a new run without writing anything.
 *
 * @throws FileError if its folder is in use; ConfigError, CorpusError, or like readModel
 */
export async function prepareNew(options: RunOptions): Promise<Prepared> {
  const { files, out, data, seed = 0, initFrom, plan, precision } = options;
  await refuseUsedFolder(files, out);
  const settings = withFeatures(options.settings ?? {}, data.training);
  const model = resolveModel(settings, data.labels, 'configuration');
  const training = resolveTraining(settings, 'configuration', data.training.lengths.length);
  checkData(data, model, training);
  checkFunctionals(data, model);
  const labels = Object.fromEntries(
    model.heads
      .filter((head) => !isRegression(head))
      .map(({ task }) => [task, data.labels[task] ?? []]),
  );
  const logs = besideJsonl(options.logFormats ?? []);
  const base = await baseOf(initFrom, files);
  const begun = {
    format: RUN_FORMAT,
    seed,
    preset: settings.preset ?? 'alstm',
    ...featuresOf(data.training),
    model,
    labels,
    training,
    data: await summaryOf(data),
    ...(initFrom !== undefined && { initFrom }),
    ...(base?.license !== undefined && { license: base.license }),
    ...(logs && { logFormats: logs }),
  } as const;
  const parameters = startValues(begun, options, base);
  return { begun, hash: await hashOf(begun), plan, precision, parameters, log: [] };
}

/**
 * Prepares to resume a run; truncates its log to where it resumes.
 *
 * @throws FileError if the run does not exist; ConfigError or CorpusError if settings or data differ from those it
 *   was started with; FormatError if its files are damaged
 */
export async function prepareResume(options: RunOptions): Promise<Prepared> {
  const { engine, files, out, data, settings, seed, initFrom, log } = options;
  const { version, adapter, driver, plan, ...first } = await readRunConfig(files, out);
  const onNonFinite = settings?.training?.onNonFinite ?? first.training.onNonFinite;
  const begun = {
    ...first,
    training: { ...first.training, onNonFinite },
    data: movedTo(data.source, first.data),
  };
  const refuse = (before: unknown, now: unknown, path: string): void =>
    refuseDifference(before, now, out, path);
  if (settings !== undefined) {
    if (settings.preset !== undefined) refuse(begun.preset, settings.preset, 'preset');
    const { set, trimDb, ...copies } = settings.features ?? {};
    if (set !== undefined) {
      refuse(begun.features?.set ?? defaultFeatureSet.id, set, 'features.set');
    }
    if (trimDb !== undefined) refuse(begun.features?.trimDb ?? null, trimDb, 'features.trimDb');
    for (const [name, none] of ofCopies) {
      if (copies[name] === undefined) continue;
      refuse(begun.features?.[name] ?? none, copies[name], `features.${name}`);
    }
    refuseOtherKappa(settings, data.training);
    const now = mergeSettings(settingsOf(begun), settings);
    refuse(begun.model, resolveModel(now, begun.labels, 'configuration'), 'model');
    refuse(begun.training, resolveTraining(now, 'configuration'), 'training');
  }
  if (seed !== undefined) refuse(begun.seed, seed, 'seed');
  if (initFrom !== undefined) refuse(begun.initFrom, initFrom, 'initFrom');
  if (options.logFormats) refuse(begun.logFormats, besideJsonl(options.logFormats), 'logFormats');
  checkData(data, begun.model, begun.training);
  checkFunctionals(data, begun.model);
  for (const side of ['training', 'validation'] as const) {
    const before = begun.data[side].digest;
    if ((await digestLike(data[side], before)) === before) continue;
    throw new CorpusError(
      `the ${side} data differ from those that ${out} was started with`,
      'Restore the corpus (if it has moved, give its new path with --data or --manifest), or start a new ' +
        'run in another folder.',
    );
  }
  const hash = await hashOf(begun);
  const epochs = (await readLog(files, out)).length;
  const warn = (line: string): void => log?.(line);
  const checkpoint = await readLatestCheckpoint(files, out, hash, warn, epochs);
  if (checkpoint === undefined) log?.(`${out} has no checkpoint yet: starting from the beginning`);
  const before = { version, adapter, driver, plan };
  const here = engine.gpu.adapter;
  const same = version === VERSION && adapter === here.name && driver === here.driver;
  if (!same) {
    log?.(
      `warning: ${out} was computed by alstm ${version} on ${adapter} (${driver}), this is ` +
        `${VERSION} on ${here.name} (${here.driver}): the results will not be bit-identical`,
    );
  }
  return {
    begun,
    hash,
    before,
    moved: placeOf(begun) !== placeOf(first),
    plan: options.plan ?? (same ? plan : undefined),
    precision: plan.precision,
    parameters:
      checkpoint?.state.parameters ??
      startValues(begun, options, await baseOf(begun.initFrom, files)),
    ...(checkpoint && { checkpoint }),
    log: await cutLog(files, out, checkpoint?.progress.epoch ?? 0),
  };
}

/** Where the recordings are. */
function placeOf({ data: { source } }: Pick<RunConfig, 'data'>): string {
  return JSON.stringify([source?.path, source?.corpora]);
}

/** A run's data at their current path: their digests show that they are the same. */
function movedTo(now: DataSource | undefined, before: RunConfig['data']): RunConfig['data'] {
  const { source } = before;
  if (source === undefined || now?.corpus !== source.corpus) return before;
  const { path, corpora } = now;
  return { ...before, source: { ...source, path, ...(corpora && { corpora }) } };
}

/** The model that a run starts from. */
async function baseOf(
  initFrom: string | undefined,
  files: Files,
): Promise<TrainedModel | undefined> {
  return initFrom === undefined ? undefined : await readModel(files, initFrom);
}

function startValues(
  { model, seed, labels, initFrom = '' }: Prepared['begun'],
  { data, log }: RunOptions,
  trained: TrainedModel | undefined,
): Tensors {
  const fresh = withMeans(initialParameters(model, seed), model, data.training);
  if (trained === undefined) return fresh;
  tellOfLicense(trained, initFrom, (line) => log?.(line));
  tellOfFeatures(trained, data.training, initFrom, (line) => log?.(line));
  tellOfNormalisation(trained, data.training, initFrom, (line) => log?.(line));
  return startFrom(trained, model, labels, fresh, (line) => log?.(`${initFrom}: ${line}`));
}

/**
 * The start values of a new run: those of `initialParameters`, but the output bias of a regression head is the
 * mean of the training numbers of its task. So its first predictions lie about that mean, whatever the unit.
 */
function withMeans(
  fresh: Readonly<Record<string, HostTensor>>,
  { heads }: ModelConfig,
  { targets }: Dataset,
): Tensors {
  const biases = heads.filter(isRegression).map(({ task }) => {
    const mean = meanLabelled(targets[task] ?? []) ?? 0;
    return [`heads.${task}.output.bias`, { shape: [1], data: Float32Array.of(mean) }] as const;
  });
  return { ...fresh, ...Object.fromEntries(biases) };
}

/** `features` of a run's configuration; absent for the default ones, as in older versions. */
function featuresOf({
  featureSet = defaultFeatureSet,
  trimDb,
  speeds,
  conditions,
  strangers,
}: Dataset): Pick<RunConfig, 'features'> {
  const changed = {
    ...unlessUntrimmed(trimDb),
    ...(speeds && { speeds }),
    ...(conditions && { conditions }),
    ...(strangers && { strangers }),
  };
  const usual = featureSet === defaultFeatureSet && Object.keys(changed).length === 0;
  return usual ? {} : { features: { set: featureSet.id, ...changed } };
}

/** What data say of their copies, and what it is where they do not. */
const ofCopies = [
  ['speeds', []],
  ['conditions', []],
  ['strangers', false],
] as const;

/**
 * The settings, with the features of the data.
 *
 * @throws ConfigError if they name others, or another normalisation
 */
function withFeatures(settings: RunSettings, training: Dataset): RunSettings {
  const { featureSet: held = defaultFeatureSet, normalisation = byUtterance } = training;
  const { normalise = normalisation.scope } = settings.features ?? {};
  if (normalise !== normalisation.scope) {
    throw new ConfigError(
      `features.normalise is "${normalise}", but the data are normalised by "${normalisation.scope}"`,
      'Load the data as the configuration says: set `normalise` of the data source.',
    );
  }
  const wanted =
    settings.features?.set === undefined ? held : resolveFeatures(settings, 'configuration');
  for (const [name, none] of [['trimDb', null], ...ofCopies] as const) {
    const asked = settings.features?.[name];
    const own = JSON.stringify(training[name] ?? none);
    if (asked === undefined || JSON.stringify(asked) === own) continue;
    throw new ConfigError(
      `features.${name} is ${JSON.stringify(asked)}, but that of the data is ${own}`,
      `Load the data with the configuration's: set \`${name}\` of the data source.`,
    );
  }
  refuseOtherKappa(settings, training);
  if (wanted === held) {
    const { trimDb = null, speeds = [], conditions = [], strangers = false } = training;
    const { scope: normalise } = normalisation;
    return {
      ...settings,
      features: { set: held.id, trimDb, speeds, conditions, strangers, normalise },
    };
  }
  throw new ConfigError(
    `features.set is "${wanted.id}", but the data contain ${held.id} features`,
    'Load the data with the feature set of the configuration: set `features` of the data source.',
  );
}

/**
 * The prior of speakers is part of the data.
 *
 * @throws ConfigError if the settings name another weight
 */
function refuseOtherKappa({ features }: RunSettings, { normalisation }: Dataset): void {
  const wanted = features?.kappa;
  const held = normalisation?.scope === 'speaker' ? normalisation.prior?.kappa : undefined;
  if (wanted === undefined || wanted === held) return;
  throw new ConfigError(
    `features.kappa is ${wanted}, but the data were normalised ` +
      (held === undefined ? 'without a prior of speakers' : `with ${held}`),
    'Load the data by speaker with the same `kappa` of the data source.',
  );
}

/** Settings that resolve to a run's configuration, whatever its preset is now. */
function settingsOf({ features, model, training }: Prepared['begun']): RunSettings {
  const { pooling, dropout } = model;
  const heads = model.heads.map((head) => {
    const { task, loss, hidden, weight, class_weights, label_smoothing, reversal } = head;
    return {
      task,
      ...(loss && { loss }),
      hidden,
      weight,
      ...(class_weights && { class_weights }),
      ...(label_smoothing !== undefined && { label_smoothing }),
      ...(reversal !== undefined && { reversal }),
    };
  });
  return {
    preset: 'alstm-1',
    ...(features && { features }),
    model: { ...layerSettings(model), pooling, dropout, heads },
    training: {
      ...training,
      optimizer: { ...training.optimizer },
      schedule: { ...training.schedule },
    },
  };
}

async function summaryOf({ source, training, validation }: RunData): Promise<{
  readonly training: SideSummary;
  readonly validation: SideSummary;
}> {
  return {
    ...(source && { source }),
    training: await sideOf(training),
    validation: await sideOf(validation),
  };
}

async function sideOf(dataset: Dataset): Promise<SideSummary> {
  return {
    utterances: dataset.lengths.length,
    frames: dataset.lengths.reduce((sum, length) => sum + length, 0),
    seconds: dataset.seconds,
    digest: await digestOf(dataset),
  };
}
