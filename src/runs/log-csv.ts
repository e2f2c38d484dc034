import { formatCsv } from '../core/csv.js';
import { safeCell } from '../core/csv-cells.js';
import type { EpochLog } from './log.js';
import { valuesOf } from './log-values.js';

/**
 * The text of `log.csv`: a header, and a row an epoch. Numbers are written in full; unknown ones are
 * empty.
 *
 * @param tasks the model's heads, in their order
 */
export function logCsv(entries: readonly EpochLog[], tasks: readonly string[]): string {
  const rows = entries.map((entry) => {
    const values = valuesOf(entry, tasks);
    const numbers = values.map(([, value]) => (Number.isFinite(value) ? String(value) : ''));
    return [String(entry.epoch), String(entry.step), ...numbers, String(entry.best)];
  });
  const names = valuesOf(entries[0] ?? blank, tasks).map(([name]) => safeCell(name));
  return formatCsv([['epoch', 'step', ...names, 'best'], ...rows]);
}

/** Of a run that has no epoch yet. */
const blank: EpochLog = {
  epoch: 1,
  step: 0,
  seconds: 0,
  train: { total: 0, tasks: {} },
  validation: { total: 0, tasks: {}, accuracy: 0, maf: 0, uar: 0 },
  learningRate: 0,
  gradientNorm: 0,
  framesPerSecond: 0,
  best: false,
};
