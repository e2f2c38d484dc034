import { UsageError } from '../../core/errors.js';
import { relativePath } from '../../core/paths.js';
import { VERSION } from '../../core/version.js';
import { classesOf, labelSets } from '../../corpora/labels.js';
import type { Utterance } from '../../corpora/corpus.js';
import { featureSetOf } from '../../data/source.js';
import { functionalsOf } from '../../features/functionals.js';
import { cellData, type CellData } from '../experiment-data.js';
import type { JobContext } from '../job-context.js';
import { jobFolder, type Job } from '../jobs.js';
import { resultOrigin, writeResult, type JobResult } from '../result.js';
import { splitOf } from '../run-job.js';
import { softmax, trainSvm } from './classifier.js';
import { standardisedBySpeaker, standardiserOf } from './standardise.js';

/** C by default. */
const COST = 2;

/**
 * The baseline of speech emotion recognition: a support vector classifier with an RBF kernel on functionals.
 * Each utterance is the 8F + 1 functionals of its raw frames (`features/functionals.ts`). They are scaled to
 * mean 0 and variance 1 over the recordings of their speaker, if the protocol normalises by speaker, and
 * then over the training set. It learns from all that are not tested: it needs no validation. No device
 * is used, and nothing is drawn at random.
 *
 * @returns its result, like runJob, to which its scores are probabilities by softmax
 * @throws UsageError if the context has no solver; like the features' `read`
 */
export async function runSvmJob(context: JobContext, job: Job): Promise<JobResult> {
  const { files, out, data, svm } = context;
  if (svm === undefined) {
    throw new UsageError(
      `the cell ${job.cell.name} is a support vector classifier, but no solver was given`,
      'Give the experiment `svm: loadLibsvm`.',
    );
  }
  const own = cellData(data, job.cell);
  const { unsplit, split } = splitOf(data, job);
  const all = await functionalsOfEach(own);
  const rowOf = new Map(unsplit.map((utterance, i) => [utterance, all[i]!]));
  const bySpeaker = own.source.normalise === 'speaker';
  const rowsOf = (side: readonly Utterance[]): Float64Array[] => {
    const rows = side.map((utterance) => rowOf.get(utterance)!);
    if (!bySpeaker) return rows;
    return standardisedBySpeaker(
      rows,
      side.map(({ labels }) => labels['speaker'] ?? ''),
    );
  };
  const { emotion: labels = [] } = labelSets(split.training);
  const truthOf = (side: readonly Utterance[]): number[] => [
    ...classesOf(side, { emotion: labels })['emotion']!,
  ];
  const learned = [...split.training, ...split.validation];
  const raw = rowsOf(learned);
  const scale = standardiserOf(raw);
  const { c = COST, gamma } = job.cell.svm ?? {};
  const solve = await svm();
  const model = trainSvm(solve, scale(raw), truthOf(learned), labels.length, { c, gamma });
  const truth = truthOf(split.test);
  const scores = scale(rowsOf(split.test)).map((row) => softmax(model.decide(row)));
  const { supports, dimensions } = model;
  const result: JobResult = {
    ...resultOrigin(context, job),
    // support vectors, their coefficients, and the offset of each pair of classes
    parameters:
      supports * (dimensions + labels.length - 1) + (labels.length * (labels.length - 1)) / 2,
    settings: {
      model: 'SVM, RBF kernel',
      features: featureSetOf(own.source).id,
      functionals: dimensions,
      normalisation: bySpeaker ? 'speaker' : 'training',
      C: c,
      gamma: Number(model.gamma.toPrecision(4)),
    },
    machine: { version: VERSION, adapter: 'CPU', driver: 'libsvm-js' },
    labels,
    predictions: split.test.map(({ path, labels: { speaker = '' } }, i) => ({
      path: relativePath(data.path, path),
      speaker,
      truth: truth[i]!,
      scores: [...scores[i]!],
    })),
    examples: [],
  };
  await writeResult(files, jobFolder(out, job), result);
  return result;
}

/** Functionals by features: the same for all folds. */
const known = new WeakMap<CellData['items'], Promise<Float64Array[]>>();

function functionalsOfEach({ items, source }: CellData): Promise<Float64Array[]> {
  const before = known.get(items);
  if (before !== undefined) return before;
  const { dimensions } = featureSetOf(source);
  const found = (async () => {
    const rows: Float64Array[] = [];
    // one after the other, as they may not all fit in memory
    for (const { read } of items) rows.push(functionalsOf(await read('features'), dimensions));
    return rows;
  })();
  known.set(items, found);
  found.catch(() => known.delete(items)); // only those who wait for it get the failure
  return found;
}
