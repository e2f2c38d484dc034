import { ConfigError } from '../../core/errors.js';
import { isRegression } from '../../core/heads.js';
import { byUtterance } from '../../features/normalise.js';
import { meanConfidence } from '../../model/confidence.js';
import type { TrainedModels } from '../given/ensemble.js';
import type { Row } from './text.js';

/** A column of a table of results. */
export interface Column {
  readonly name: string;
  readonly type: 'text' | 'number' | 'count' | 'flag';
  /** Its value in a row; undefined where it has none, as in the row of a recording that failed. */
  readonly valueOf: (row: Row) => unknown;
}

/**
 * The columns of a model's results, fixed before there are any: path; of each task of classes its label, a score a
 * label, and whether the answer is sure if the model says so; of each other task its number; the length of the
 * recording; recordings known of the speaker, if the model normalises by speaker; where its features were computed; what
 * went wrong. Without attention,
 * which is a number a frame: a hundred times all else.
 *
 * @param models several answer as one
 * @param correctedTask whose scores are corrected to a prior, with which nothing is known of being sure
 * @throws ConfigError if two columns had the same name
 */
export function columnsOf(models: TrainedModels, correctedTask?: string): Column[] {
  const [{ model, labels, normalisation = byUtterance }] = models;
  const confidence = meanConfidence(models.map((own) => own.confidence));
  const columns: Column[] = [{ name: 'path', type: 'text', valueOf: ({ path }) => path }];
  for (const head of model.heads) {
    const { task } = head;
    if (isRegression(head)) {
      columns.push({ name: task, type: 'number', valueOf: (row) => at(row, task, 'value') });
      continue;
    }
    columns.push({ name: task, type: 'text', valueOf: (row) => at(row, task, 'label') });
    for (const label of labels[task] ?? []) {
      const valueOf = (row: Row): unknown => at(row, task, 'scores', label);
      columns.push({ name: `${task}_${label}`, type: 'number', valueOf });
    }
    if (confidence?.[task] === undefined || task === correctedTask) continue;
    columns.push({ name: `sure_${task}`, type: 'flag', valueOf: (row) => at(row, 'sure', task) });
  }
  columns.push({ name: 'seconds', type: 'number', valueOf: (row) => row['seconds'] });
  if (normalisation.scope === 'speaker') {
    const name = 'speaker_recordings';
    columns.push({ name, type: 'count', valueOf: (row) => row[name] });
  }
  columns.push({ name: 'features_on', type: 'text', valueOf: (row) => row['features_on'] });
  columns.push({ name: 'error', type: 'text', valueOf: (row) => row['error'] });
  refuseTwice(columns);
  return columns;
}

function at(row: Row, ...keys: readonly string[]): unknown {
  let value: unknown = row;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function refuseTwice(columns: readonly Column[]): void {
  const names = new Set<string>();
  for (const { name } of columns) {
    const before = names.size;
    if (names.add(name).size > before) continue;
    throw new ConfigError(
      `the model's tasks and labels give two columns the name ${name}`,
      'Write a .jsonl file, where each task has its own object.',
    );
  }
}
