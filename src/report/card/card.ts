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
 * @returns the text of `README.md` in the model's folder
 */
export function modelCard(card: ModelCard): string {
  const { name, data, protocol, training, test } = card;
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
    ...(test === undefined ? [untested] : testParts(test)),
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

function summary({ labels }: ModelCard): string {
  const tasks = Object.entries(labels).map(([task, names]) =>
    task === 'speaker'
      ? `- ${markdown(task)}: ${integer(names.length)} training speakers`
      : `- ${markdown(task)}: ${names.map(markdown).join(', ')}`,
  );
  return ['From a speech recording, the model predicts a score for each label:', '', ...tasks]
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
