import { isRegression } from '../../core/heads.js';
import { decimals, integer } from '../draw/format.js';
import { metrics } from '../experiment/types.js';
import { markdown, markdownTable } from '../draw/markdown.js';
import { cardHeader, metricNames } from './header.js';
import { configurationRows, dataRows, protocolRows, trainingRows } from './rows.js';
import { intendedUse, limits } from './limits.js';
import type { CardTest, ModelCard } from './types.js';

/**
 * A model card: Markdown with the YAML front matter of Hugging Face's cards. Unknown facts are
 * omitted; the card of a model without test scores says that it was not tested.
 *
 * @example
 * const text = modelCard({
 *   name: 'first',
 *   model: trained.model,
 *   parameters: parameterCount(trained.model),
 *   labels: trained.labels,
 * });
 *
 * @returns the text of `README.md` in the model's folder
 */
export function modelCard(card: ModelCard): string {
  const { name, data, protocol, training, test, numbers } = card;
  const parts = [
    cardHeader(card),
    `# ${markdown(name)}`,
    summary(card),
    '## Model',
    factTable(configurationRows(card)),
    ...section('Data', dataRows(data)),
    ...(data?.labels === undefined ? [] : [labelTable(data.labels)]),
    ...section('Protocol', protocolRows(protocol)),
    ...section('Training', trainingRows(training)),
    '## Results',
    ...(test === undefined && numbers === undefined ? [untested] : []),
    ...(test === undefined ? [] : testParts(test)),
    ...(numbers === undefined ? [] : numberParts(numbers)),
    '## Intended use',
    intendedUse,
    '## Limits',
    limits(card)
      .map((limit) => `- ${limit}`)
      .join('\n'),
    '## How to run it',
    'MODEL is the folder that contains this file.',
    '```sh\nalstm predict MODEL file.wav\n```',
  ];
  return parts.join('\n\n') + '\n';
}

const untested = 'There are no test scores: performance on unseen speakers is unknown.';

function summary({ labels, model }: ModelCard): string {
  const tasks = Object.entries(labels).map(([task, names]) =>
    task === 'speaker'
      ? `- ${markdown(task)}: ${integer(names.length)} training speakers`
      : `- ${markdown(task)}: ${names.map(markdown).join(', ')}`,
  );
  const numbers = model.heads
    .filter(isRegression)
    .map(({ task }) => `- ${markdown(task)}: a number`);
  const predicts =
    tasks.length === 0
      ? 'predicts:'
      : `predicts a score for each label${numbers.length === 0 ? '' : ', and numbers'}:`;
  return [`From a speech recording, the model ${predicts}`, '', ...tasks, ...numbers]
    .join('\n')
    .trimEnd();
}

function factTable(rows: readonly (readonly [string, string])[]): string {
  return markdownTable(['', ''], rows, 2);
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  return rows.length === 0 ? [] : [`## ${title}`, factTable(rows)];
}

function labelTable(labels: Readonly<Record<string, number>>): string {
  const rows = Object.entries(labels).map(([label, n]) => [markdown(label), integer(n)]);
  return markdownTable(['label', 'utterances'], rows);
}

/** Test scores of regression tasks. */
function numberParts(numbers: NonNullable<ModelCard['numbers']>): string[] {
  const ends = (interval?: readonly [number, number]): string =>
    interval === undefined ? '–' : `${decimals(interval[0])} to ${decimals(interval[1])}`;
  const rows = Object.entries(numbers).map(([task, { ccc, rmse, intervals, utterances }]) => [
    markdown(task),
    ...[decimals(ccc), ends(intervals?.ccc), decimals(rmse), ends(intervals?.rmse)],
    integer(utterances),
  ]);
  const columns = ['task', 'CCC', '95% interval', 'RMSE', '95% interval', 'utterances'];
  return ['Predicted numbers, on unseen speakers.', markdownTable(columns, rows)];
}

function testParts({ task = 'emotion', utterances, scores, classes, folds }: CardTest): string[] {
  const of = utterances === undefined ? '' : `${integer(utterances)} utterances of `;
  const withInterval = metrics.some((metric) => scores[metric].interval !== undefined);
  const overall = metrics.map((metric) => {
    const { mean, interval } = scores[metric];
    const ends = interval ? `${decimals(interval[0])} to ${decimals(interval[1])}` : '–';
    return [metricNames[metric].name, decimals(mean), ...(withInterval ? [ends] : [])];
  });
  const columns = ['score', 'value', ...(withInterval ? ['95% interval'] : [])];
  const chance =
    classes && classes.length > 0 ? ` Chance UAR is ${decimals(1 / classes.length)}.` : '';
  return [
    `Task ${markdown(task)}, on ${of}unseen speakers.${chance}`,
    markdownTable(columns, overall),
    ...(classes && classes.length > 0
      ? [
          markdownTable(
            ['class', 'precision', 'recall', 'F1', 'utterances'],
            classes.map((c) => [
              markdown(c.label),
              ...[c.precision, c.recall, c.f1].map(decimals),
              integer(c.support),
            ]),
          ),
        ]
      : []),
    ...(folds && folds.length > 1
      ? [
          markdownTable(
            ['fold', 'utterances', 'MAF', 'MAP', 'accuracy', 'UAR'],
            folds.map((fold) => [
              markdown(fold.name),
              integer(fold.utterances),
              ...metrics.map((metric) => decimals(fold.scores[metric])),
            ]),
          ),
        ]
      : []),
  ];
}
