import { z } from 'zod';
import { FormatError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { checkSchema, dictionaryOf, integer, listOf, object, real, text } from '../core/schema.js';
import { MOST_RESULT_BYTES, readJson } from '../core/json-file.js';
import type { JobContext } from './job-context.js';
import type { Job } from './jobs.js';
import type { ExampleModel, ExampleUtterance } from '../report/experiment/types.js';

/** A test utterance in detail: what the report shows of it for one model. */
export type JobExample = Omit<ExampleUtterance, 'models'> & Omit<ExampleModel, 'cell'>;

/** The prediction of a run's model for a test utterance. */
export interface JobPrediction {
  readonly path: string;
  readonly speaker: string;
  /** Its class. */
  readonly truth: number;
  /** Probability of each class. */
  readonly scores: readonly number[];
}

/** The result of one run of an experiment: `result.json` beside the run. Written last: its presence means done. */
export interface JobResult {
  readonly format: 'alstm-result-1';
  /** SHA-256 of the protocol. */
  readonly protocol: string;
  /** SHA-256 of the data. */
  readonly data: string;
  readonly cell: string;
  readonly fold: string;
  readonly seed: number;
  /** Epoch of the tested model: the best on the validation side. Absent for a support vector classifier. */
  readonly best?: number;
  /** Numbers that the model has learned. */
  readonly parameters: number;
  /** What the report says of a model without a run folder: a support vector classifier. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly machine: {
    readonly version: string;
    readonly adapter: string;
    readonly driver: string;
  };
  readonly labels: readonly string[];
  /** Of each test utterance. */
  readonly predictions: readonly JobPrediction[];
  /** Some of them in detail; for one seed only. */
  readonly examples: readonly JobExample[];
}

const FILE = 'result.json';
const numbers = listOf(real());

const combination = object({
  layer: text().exactOptional(),
  framesPerStep: integer(1).exactOptional(),
  direction: z.enum(['forward', 'backward']),
  offsets: numbers,
  frames: numbers,
  cell: listOf(numbers).exactOptional(),
  output: listOf(numbers),
});

const example = object({
  path: text(),
  truth: text(),
  speaker: text(),
  seconds: real(),
  envelope: numbers,
  pitch: numbers,
  label: text(),
  scores: dictionaryOf(real()),
  attention: numbers,
  combination: listOf(combination).exactOptional(),
});

const resultSchema: z.ZodType<JobResult> = object({
  format: z.literal('alstm-result-1'),
  protocol: text(),
  data: text(),
  cell: text(),
  fold: text(),
  seed: integer(0),
  best: integer(1).exactOptional(),
  parameters: integer(1),
  settings: dictionaryOf(z.union([z.string(), z.number()])).exactOptional(),
  machine: object({ version: text(), adapter: text(), driver: z.string('a text') }),
  labels: listOf(text()),
  predictions: listOf(
    object({ path: text(), speaker: text(), truth: integer(0), scores: numbers }),
  ),
  examples: listOf(example),
});

/**
 * The result of a run; undefined while there is none.
 *
 * @throws FormatError or ConfigError for a file that is not a result
 */
export async function readResult(files: Files, run: string): Promise<JobResult | undefined> {
  const path = joinPath(run, FILE);
  if (!(await files.exists(path))) return undefined;
  const result = checkSchema(
    resultSchema,
    await readJson(files, path, { most: MOST_RESULT_BYTES }),
    path,
  );
  const { labels, predictions } = result;
  const broken = predictions.find(
    ({ truth, scores }) => truth >= labels.length || scores.length !== labels.length,
  );
  if (broken === undefined) return result;
  throw new FormatError(
    `${path}: the prediction of ${broken.path} does not fit ${labels.length} labels`,
    'The file is damaged: remove it to have the run tested again.',
  );
}

export async function writeResult(files: Files, run: string, result: JobResult): Promise<void> {
  await files.write(joinPath(run, FILE), `${JSON.stringify(result)}\n`);
}

/** Which job of which experiment a result is of. */
export function resultOrigin(
  { protocolHash, data }: Pick<JobContext, 'protocolHash' | 'data'>,
  { cell, fold, seed }: Job,
): Pick<JobResult, 'format' | 'protocol' | 'data' | 'cell' | 'fold' | 'seed'> {
  return {
    format: 'alstm-result-1',
    protocol: protocolHash,
    data: data.summary.hash,
    cell: cell.name,
    fold: fold.name,
    seed,
  };
}
