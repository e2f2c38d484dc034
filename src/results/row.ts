import { oneLine } from '../core/lines.js';
import type { Prediction } from '../inference/predictor.js';

/** The result of a recording, as a JSON object. */
export type Row = Readonly<Record<string, unknown>> & { readonly path: string };

/** The row of a prediction. */
export function rowOf(
  path: string,
  { tasks, values = {}, ...rest }: Prediction,
  withAttention = true,
): Row {
  const { seconds, attention, speakerRecordings: n, featuresOn } = rest;
  const all = Object.entries(tasks);
  const sure = all.flatMap(([task, own]) => (own.sure === undefined ? [] : [[task, own.sure]]));
  const numbers = Object.entries(values).map(([task, value]) => [task, { value }] as const);
  return {
    path,
    ...Object.fromEntries(all.map(([task, { label, scores }]) => [task, { label, scores }])),
    ...Object.fromEntries(numbers),
    ...(sure.length > 0 && { sure: Object.fromEntries(sure) as Record<string, boolean> }),
    seconds,
    ...(n !== undefined && { speaker_recordings: n }),
    ...(featuresOn !== undefined && { features_on: featuresOn }),
    ...(withAttention && { attention: [...attention] }),
  };
}

/** The row of a recording that failed. */
export function failedRow(path: string, error: Error): Row {
  return { path, error: oneLine(error.message) };
}
