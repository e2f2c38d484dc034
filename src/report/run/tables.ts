import { mean } from '../../core/sum.js';
import { compact, decimals, duration, integer, percent } from '../draw/format.js';
import { html, type Html } from '../draw/html.js';
import type { ReportData, ReportEpoch, ReportModel } from './types.js';

export type Cell = Html | string;

/** A table whose first column names the rows. */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
): Html {
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${header.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name = '', ...cells]) =>
            html`<tr>
              <th scope="row">${name}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Scores of all models on the test set; the best in each column is bold if there are several. */
export function scoresTable(models: readonly ReportModel[]): Html {
  const metrics = [
    ['accuracy', ({ test }: ReportModel) => test.accuracy],
    ['UAR', ({ test }: ReportModel) => test.uar],
    ['MAF', ({ test }: ReportModel) => test.maf],
    ['MAP', ({ test }: ReportModel) => test.map],
  ] as const;
  const best = metrics.map(([, metric]) => Math.max(...models.map(metric)));
  const rows = models.map((model) => [
    model.name,
    integer(model.test.utterances),
    ...metrics.map(([, metric], i) => {
      const value = metric(model);
      const text = percent(value);
      return models.length > 1 && value === best[i] ? html`<strong>${text}</strong>` : text;
    }),
    integer(model.parameters),
    integer(model.origin === undefined ? model.log.length : NaN),
    bestValidation(model.log),
    integer(meanSpeed(model.log)),
  ]);
  return table(
    'Test set',
    [
      ...['model', 'utterances', ...metrics.map(([name]) => name), 'parameters', 'epochs'],
      ...['best validation accuracy', 'training frames/s'],
    ],
    rows,
  );
}

/** Scores of the models' regression tasks, a row for each; undefined if no model has one. */
export function regressionTable(models: readonly ReportModel[]): Html | undefined {
  const ends = (interval?: readonly [number, number]): string =>
    interval === undefined ? '' : ` (${interval.map(decimals).join(' to ')})`;
  const rows = models.flatMap(({ name, regression = {} }) =>
    Object.entries(regression).map(([task, { intervals, ...scores }]) => [
      `${name}, ${task}`,
      integer(scores.utterances),
      decimals(scores.ccc) + ends(intervals?.ccc),
      decimals(scores.rmse) + ends(intervals?.rmse),
      decimals(scores.mae),
      decimals(scores.pearson),
    ]),
  );
  if (rows.length === 0) return undefined;
  const header = ['model and task', 'utterances', 'CCC', 'RMSE', 'MAE', 'Pearson’s r'];
  return table('Predicted numbers, test set (intervals at 95%)', header, rows);
}

export function dataTable(data: readonly ReportData[]): Html {
  const labels = [...new Set(data.flatMap((part) => Object.keys(part.labels)))];
  return table(
    'Recordings',
    ['set', 'utterances', 'length', 'speakers', ...labels],
    data.map((part) => [
      part.name,
      integer(part.utterances),
      duration(part.seconds),
      integer(part.speakers),
      ...labels.map((label) => integer(part.labels[label] ?? 0)),
    ]),
  );
}

export function settingsTable(models: readonly ReportModel[]): Html {
  const names = [...new Set(models.flatMap(({ settings }) => Object.keys(settings)))];
  return table(
    'Configuration',
    ['setting', ...models.map(({ name }) => name)],
    names.map((name) => [name, ...models.map(({ settings }) => String(settings[name] ?? '–'))]),
  );
}

/** The log of a model's epochs. */
export function logTable({ name, log }: ReportModel): Html {
  const tasks = [...new Set(log.flatMap(({ train }) => Object.keys(train.tasks)))];
  const numbers = log.some(({ validation }) => validation?.ccc !== undefined);
  return table(
    name,
    [
      ...['epoch', 'training loss', ...tasks.map((task) => `${task} loss, unweighted`)],
      ...['validation loss', ...(numbers ? ['CCC', 'RMSE'] : ['accuracy', 'MAF'])],
      ...['learning rate', 'frames/s'],
    ],
    log.map(({ epoch, train, validation, learningRate, framesPerSecond }) => [
      String(epoch),
      decimals(train.total),
      ...tasks.map((task) => decimals(train.tasks[task] ?? NaN)),
      decimals(validation?.total ?? NaN),
      ...(numbers
        ? [decimals(validation?.ccc ?? NaN), decimals(validation?.rmse ?? NaN)]
        : [percent(validation?.accuracy ?? NaN), percent(validation?.maf ?? NaN)]),
      compact(learningRate),
      integer(framesPerSecond),
    ]),
  );
}

function bestValidation(log: readonly ReportEpoch[]): string {
  const found = log.map(({ validation }) => validation?.accuracy ?? NaN).filter(Number.isFinite);
  return percent(found.length === 0 ? NaN : Math.max(...found));
}

function meanSpeed(log: readonly ReportEpoch[]): number {
  const speeds = log.map(({ framesPerSecond }) => framesPerSecond).filter(Number.isFinite);
  return mean(speeds);
}
