import type { EpochLog } from './log.js';

/** A number of an epoch, with its name in charts. */
export type LogValue = readonly [name: string, value: number];

/** Scores of the deciding task, then CCC and RMSE of each regression task. */
function scoresOf(validation: EpochLog['validation']): LogValue[] {
  const { accuracy = NaN, maf, uar, ccc, regression = {} } = validation ?? {};
  return [
    ...(ccc !== undefined
      ? []
      : [
          ['validation/accuracy', accuracy] as const,
          ['validation/maf', maf ?? NaN] as const,
          ['validation/uar', uar ?? NaN] as const,
        ]),
    ...Object.entries(regression).flatMap(([task, { ccc, rmse }]): LogValue[] => [
      [`validation/ccc/${task}`, ccc],
      [`validation/rmse/${task}`, rmse],
    ]),
  ];
}

/**
 * The numbers of an epoch in a fixed order, without `epoch`, `step` and `best`. Charts are grouped by the
 * part before the first `/`. Those of validation are NaN if there is none.
 *
 * @param tasks the model's heads, in their order
 */
export function valuesOf(entry: EpochLog, tasks: readonly string[]): LogValue[] {
  const { train, validation } = entry;
  const losses = (of: EpochLog['train'], side: string): LogValue[] => [
    [`${side}/loss`, of.total],
    ...tasks.map((task) => [`${side}/loss/${task}`, of.tasks[task] ?? NaN] as const),
  ];
  return [
    ...losses(train, 'train'),
    ...losses(validation ?? { total: NaN, tasks: {} }, 'validation'),
    ...scoresOf(validation),
    ['optimiser/learning_rate', entry.learningRate],
    ['optimiser/gradient_norm', entry.gradientNorm],
    ['speed/frames_per_second', entry.framesPerSecond],
    ['speed/seconds', entry.seconds],
    ['optimiser/skipped_updates', entry.skipped ?? 0],
  ];
}
