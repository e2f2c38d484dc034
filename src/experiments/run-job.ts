import { joinPath, relativePath } from '../core/paths.js';
import { CorpusError } from '../core/errors.js';
import { listOption, nameList } from '../core/names.js';
import { sortedUnique } from '../core/order.js';
import { splitCorpus } from '../corpora/split.js';
import {
  classesOf,
  labelSets,
  untrainedLabels,
  type LabelSets,
  type Untrained,
} from '../corpora/labels.js';
import type { Utterance } from '../corpora/corpus.js';
import { changesOf } from '../features/change.js';
import { byUtterance } from '../features/normalise.js';
import { unlessUntrimmed } from '../features/trim.js';
import { readModel } from '../model/folder.js';
import { Predictor } from '../inference/predictor.js';
import { parameterCount } from '../network/parameters.js';
import { resolveWeights } from '../training/class-weights.js';
import { headTasks, resolveModel, wantsFunctionals } from '../runs/settings.js';
import { featureSetOf, type RunData } from '../data/source.js';
import type { Dataset, Targets } from '../data/dataset.js';
import {
  copiesOf,
  datasetOfHeld,
  normalisationOfHeld,
  type SideOptions,
} from '../data/held-features.js';
import { scorePredictor } from '../scoring/evaluate.js';
import { withHeads } from '../runs/head-settings.js';
import { trainWithRecovery } from '../training/train-with-recovery.js';
import type { TrainProgress } from '../training/trainer.js';
import { testOf, writeCard } from './cards.js';
import { cellData, type ExperimentData } from './experiment-data.js';
import { examplesOf } from './examples.js';
import type { JobContext } from './job-context.js';
import { jobFolder, type Job } from './jobs.js';
import { cellSettings, type Protocol } from './protocol.js';
import { readResult, resultOrigin, writeResult, type JobResult } from './result.js';

/**
 * Trains and tests one job, or resumes it. The test side is scored once, by the model chosen on the
 * validation side.
 *
 * @returns its result; undefined if it was interrupted
 * @throws like train, Predictor and readResult
 */
export async function runJob(context: JobContext, job: Job): Promise<JobResult | undefined> {
  const { files, out, protocol, data, plan, tuning, signal, log } = context;
  const run = jobFolder(out, job);
  const { training, test, testUtterances } = await sidesOf(data, job, protocol);
  const resume = await files.exists(joinPath(run, 'config.json'));
  const settled = {
    engine: await context.engine(),
    files,
    out: run,
    data: training,
    resume,
    ...(!resume && {
      settings: settingsOf(protocol, job, training.labels, training.training.targets['emotion']),
      seed: job.seed,
    }),
    precision: protocol.precision,
    plan,
    tuning,
    signal,
    log,
    onProgress: (progress: TrainProgress) => context.onProgress?.(job, progress),
  };
  const ended = await trainWithRecovery(settled, context.reopen);
  if (ended.stopped === 'interrupted' || ended.best === undefined) return undefined;
  const trained = await readModel(files, run);
  const predictor = new Predictor(await context.engine(), trained, { reopen: context.reopen, log });
  try {
    const { answers } = await scorePredictor(predictor, test);
    const head = trained.model.heads.findIndex(({ task }) => task === 'emotion');
    const labels = trained.labels['emotion'] ?? [];
    const { version, adapter, driver } = trained.provenance;
    const result: JobResult = {
      ...resultOrigin(context, job),
      best: ended.best.epoch,
      parameters: parameterCount(trained.model),
      machine: { version, adapter, driver },
      labels,
      predictions: answers.map(({ probabilities }, i) => ({
        path: relativePath(data.path, test.paths[i] ?? ''),
        speaker: testUtterances[i]?.labels['speaker'] ?? '',
        truth: test.targets['emotion']?.[i] ?? -1,
        scores: labels.map((_, c) => probabilities[head]?.[c] ?? 0),
      })),
      examples:
        job.seed === protocol.seeds[0]
          ? await examplesOf(context, trained, testUtterances, test)
          : [],
    };
    await writeCard(files, protocol, job, run, testOf(result));
    await writeResult(files, run, result);
    return result;
  } finally {
    predictor.destroy();
  }
}

/**
 * A job's result; undefined if there is none yet.
 *
 * @throws like readResult
 */
export async function resultOf(
  { files, out, protocolHash, data }: JobContext,
  job: Job,
): Promise<JobResult | undefined> {
  const result = await readResult(files, jobFolder(out, job));
  const own = result?.protocol === protocolHash && result.data === data.summary.hash;
  return own ? result : undefined;
}

/**
 * Refuses jobs that can never succeed: those whose data cannot be split, or whose test speakers have an
 * emotion that nobody else has.
 *
 * @throws CorpusError naming such folds and those that can be run; UsageError or ConfigError if the
 *   protocol's settings do not fit the labels
 */
export function refuseImpossible(
  protocol: Protocol,
  data: ExperimentData,
  jobs: readonly Job[],
): void {
  const impossible = new Map<string, Untrained>();
  for (const job of jobs) {
    if (impossible.has(job.fold.name)) continue;
    const found = problemOf(protocol, data, job);
    if (found !== undefined) impossible.set(job.fold.name, found);
  }
  const [first, ...more] = impossible;
  if (first === undefined) return;
  const [fold, { problem, hint }] = first;
  const others =
    more.length === 0 ? '' : `; likewise ${nameList(more.map(([name]) => `fold ${name}`))}`;
  const possible = sortedUnique(jobs.map((job) => job.fold.name)).filter(
    (name) => !impossible.has(name),
  );
  throw new CorpusError(
    `fold ${fold}: ${problem}${others}`,
    possible.length === 0
      ? hint
      : `${hint} Or run the other folds alone (${listOption('--folds', possible)}).`,
  );
}

/** Why a job can never succeed. */
function problemOf(protocol: Protocol, data: ExperimentData, job: Job): Untrained | undefined {
  try {
    const { split } = splitOf(data, job);
    const untrained = untrainedLabels(split.training, split.test, 'emotion', 'test side');
    if (untrained !== undefined) return untrained;
    const labels = labelSets(split.training);
    const { emotion } = classesOf(split.training, labels);
    if (!job.cell.svm) resolveModel(settingsOf(protocol, job, labels, emotion), labels, 'protocol');
    return undefined;
  } catch (error) {
    if (error instanceof CorpusError) return { problem: error.message, hint: error.hint };
    throw error;
  }
}

/** How a job divides the utterances: `unsplit` are all of them, in their order. */
export function splitOf(data: ExperimentData, { cell, fold, seed }: Job) {
  const { utterances } = data;
  const { source } = cellData(data, cell);
  const own = { ...source, testSpeakers: fold.testSpeakers, seed };
  // the corpus's own split, if it has one, is not the experiment's
  const unsplit = utterances.map(({ path, labels, corpus }) => ({
    path,
    labels,
    ...(corpus !== undefined && { corpus }),
  }));
  const { testSpeakers, trainSpeakers } = fold;
  const sides = trainSpeakers && new Set([...testSpeakers, ...trainSpeakers]);
  const wanted = unsplit.filter(({ labels }) => sides?.has(labels['speaker'] ?? '') ?? true);
  const split = splitCorpus({ name: source.corpus, utterances: wanted, skipped: [] }, own);
  return { own, unsplit, split };
}

/** Test side and training sides of a job. Throws CorpusError if the data cannot be split that way. */
async function sidesOf(
  data: ExperimentData,
  job: Job,
  protocol: Protocol,
): Promise<{ training: RunData; test: Dataset; testUtterances: readonly Utterance[] }> {
  const { source, items, copies, room: left } = cellData(data, job.cell);
  const { own, unsplit, split } = splitOf(data, job);
  const labels = labelSets(split.training);
  const itemOf = new Map(unsplit.map((utterance, i) => [utterance, items[i]!]));
  const heldOf = (side: readonly Utterance[]) => side.map((utterance) => itemOf.get(utterance)!);
  const { normalise = byUtterance.scope } = source;
  const featureSet = featureSetOf(source);
  const training = heldOf(split.training);
  const normalisation = await normalisationOfHeld(normalise, training, featureSet, {
    kappa: source.kappa,
    utterances: split.training,
    functionals: wantsFunctionals(cellSettings(protocol, job.cell)),
  });
  const room = left.fork(); // the previous job has freed its memory
  const place = new Map(unsplit.map((utterance, i) => [utterance, i]));
  const { strangers } = source;
  /** Of the training side. */
  const copiesHere = copies.map((own) =>
    split.training.map((utterance) => own[place.get(utterance)!]),
  );
  const options = { room, featureSet, ...unlessUntrimmed(source.trimDb) };
  const side = (
    of: readonly Utterance[],
    tasks: LabelSets = labels,
    own: Pick<SideOptions, 'copies' | 'strangers'> = {},
  ): Promise<Dataset> =>
    datasetOfHeld(normalisation, of, heldOf(of), tasks, { ...options, ...own });
  // the test speaker may be the only one of a gender
  const { emotion = [] } = labels;
  return {
    training: {
      source: own,
      labels,
      training: await side(split.training, labels, {
        copies: copiesOf(copiesHere, changesOf(source)),
        strangers,
      }),
      validation: await side(split.validation),
    },
    test: await side(split.test, { emotion }),
    testUtterances: split.test,
  };
}

function settingsOf(
  protocol: Protocol,
  { cell }: Job,
  labels: LabelSets,
  emotion: Targets | undefined,
) {
  const { hidden, labelSmoothing, classWeights } = protocol.heads ?? {};
  const settings = cellSettings(protocol, cell);
  return withHeads(settings, headTasks(settings, Object.keys(labels)), {
    hidden,
    labelSmoothing,
    classWeights:
      classWeights && emotion && resolveWeights(classWeights, emotion, labels['emotion'] ?? []),
  });
}
