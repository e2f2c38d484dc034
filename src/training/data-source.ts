import { CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { sortedUnique } from '../core/order.js';
import type { Corpus, Utterance } from '../corpora/corpus.js';
import { labelSets, type LabelSets } from '../corpora/labels.js';
import { readCorpus } from '../corpora/registry.js';
import { splitCorpus } from '../corpora/split.js';
import { mapFeatures, type BulkOptions } from '../features/utterance.js';
import { datasetOf, type Dataset, type DatasetItem } from './dataset.js';

/** Where the utterances of a run come from: what its `config.json` keeps to find them again. */
export interface DataSource {
  /** Format of the corpus, as `readCorpus` knows it. */
  readonly corpus: string;
  /** Its folder or manifest; absolute, so that the run can be resumed from anywhere. */
  readonly path: string;
  /** The emotions to keep; default: all. */
  readonly emotions?: readonly string[];
  readonly testSpeakers?: readonly string[];
  readonly validationSpeakers?: readonly string[];
  readonly validationShare?: number;
  /** Of the split. */
  readonly seed: number;
}

/** What a model is trained on. */
export interface RunData {
  /** Absent where the data come from elsewhere: such a run is resumed with its data given anew. */
  readonly source?: DataSource;
  /** Classes of the heads: the labels of the training side. */
  readonly labels: LabelSets;
  readonly training: Dataset;
  readonly validation: Dataset;
}

/**
 * Reads a corpus, splits it, and computes (or finds in the cache) the features of its training and
 * validation side.
 *
 * @throws CorpusError, FormatError, FileError, UsageError as readCorpus and splitCorpus; AudioError
 *   for the first recording that cannot be used
 */
export async function loadTrainingData(
  files: Files,
  source: DataSource,
  options: BulkOptions = {},
): Promise<RunData> {
  const { training, validation } = splitCorpus(await corpusOf(files, source), source);
  const labels = labelSets(training);
  const items = await itemsOf(files, [...training, ...validation], options);
  return {
    source,
    labels,
    training: datasetOf(training, items.slice(0, training.length), labels),
    validation: datasetOf(validation, items.slice(training.length), labels),
  };
}

/**
 * The utterances to evaluate a model on: the test side that the source asks for (by its corpus's split
 * column or by test speakers), else the whole corpus.
 *
 * @param labels classes by task of the model
 * @throws as loadTrainingData; CorpusError where the corpus has a label that the model does not know
 */
export async function loadTestData(
  files: Files,
  source: DataSource,
  labels: LabelSets,
  options: BulkOptions = {},
): Promise<Dataset> {
  const utterances = testSide(await corpusOf(files, source), source);
  return datasetOf(utterances, await itemsOf(files, utterances, options), labels);
}

/** Unlike splitCorpus this takes a corpus of test utterances alone. */
function testSide(corpus: Corpus, source: DataSource): readonly Utterance[] {
  const { utterances, name } = corpus;
  const { testSpeakers } = source;
  const speakers = sortedUnique(utterances.flatMap(({ labels }) => labels['speaker'] ?? []));
  if (utterances.some(({ split }) => split !== undefined)) {
    const side = utterances.filter(({ split }) => split === 'test');
    if (side.length > 0) return side;
    throw new CorpusError(
      `the ${name} corpus has no test side: its split column names none`,
      'Mark some utterances as test, or evaluate on a manifest without that column.',
    );
  }
  if (testSpeakers === undefined || testSpeakers.length === 0) return utterances;
  const unknown = testSpeakers.find((speaker) => !speakers.includes(speaker));
  if (unknown !== undefined) {
    throw new CorpusError(
      `the ${name} corpus has no speaker ${JSON.stringify(unknown)} to test on`,
      `Its speakers are ${speakers.join(', ') || 'not labelled'}.`,
    );
  }
  return utterances.filter(({ labels }) => testSpeakers.includes(labels['speaker'] ?? ''));
}

function corpusOf(files: Files, { corpus, path, emotions }: DataSource): Promise<Corpus> {
  return readCorpus(corpus, files, path, emotions === undefined ? {} : { emotions });
}

function itemsOf(
  files: Files,
  utterances: readonly Utterance[],
  options: BulkOptions,
): Promise<DatasetItem[]> {
  const paths = utterances.map(({ path }) => path);
  // Not the whole entry: the raw features would stay in memory beside the normalised.
  const take = ({ normalised, seconds }: DatasetItem): DatasetItem => ({ normalised, seconds });
  return mapFeatures(files, paths, take, options);
}
