import { lastRecurrent } from '../../core/layers.js';
import { metrics, type Metric } from '../experiment/types.js';
import { yamlString } from '../draw/markdown.js';
import type { ReportNumberScores } from '../run/types.js';
import type { CardTest, ModelCard } from './types.js';

/** Each score's name, and that of the metric on Hugging Face. */
export const metricNames: Readonly<
  Record<Metric, { readonly name: string; readonly type: string }>
> = {
  maf: { name: 'MAF (macro-average F1)', type: 'f1' },
  map: { name: 'MAP (macro-average precision)', type: 'precision' },
  accuracy: { name: 'accuracy', type: 'accuracy' },
  uar: { name: 'UAR (unweighted average recall)', type: 'recall' },
};

/** The YAML at the head of a model card, by which Hugging Face finds and lists it. */
export function cardHeader(card: ModelCard): string {
  const { name, model, license, tags = [], data, test, numbers = {} } = card;
  const own = ['speech-emotion-recognition', 'webgpu', 'alstm', lastRecurrent(model).cell];
  const task = test?.task ?? 'emotion';
  return [
    '---',
    ...(license === undefined ? [] : [`license: ${yamlString(license)}`]),
    ...list('language', data?.languages ?? []),
    'library_name: alstm',
    'pipeline_tag: audio-classification',
    ...list('tags', [...new Set([...own, ...tags])]),
    ...list('metrics', [
      ...(test === undefined ? [] : metrics.map((metric) => metricNames[metric].type)),
      ...(Object.keys(numbers).length === 0 ? [] : ['ccc', 'rmse']),
    ]),
    ...modelIndex(name, data?.corpus, [
      ...(test === undefined ? [] : [classResult(task, test)]),
      ...Object.entries(numbers).map(([own, scores]) => numberResult(own, scores)),
    ]),
    '---',
  ].join('\n');
}

function list(key: string, values: readonly string[]): string[] {
  return values.length === 0
    ? []
    : [`${key}:`, ...values.map((value) => `  - ${yamlString(value)}`)];
}

/** The scores as Hugging Face lists them; it wants the data set named. */
function modelIndex(name: string, corpus: string | undefined, results: readonly Result[]) {
  const known = results.filter(({ scores }) => scores.length > 0);
  if (corpus === undefined || known.length === 0) return [];
  return [
    'model-index:',
    `  - name: ${yamlString(name)}`,
    '    results:',
    ...known.flatMap(({ task, scores }) => [
      '      - task:',
      '          type: audio-classification',
      `          name: ${yamlString(task)}`,
      '        dataset:',
      `          name: ${yamlString(corpus)}`,
      `          type: ${yamlString(corpus)}`,
      '        metrics:',
      ...scores.flatMap(({ type, name: metric, value }) => [
        `          - type: ${type}`,
        `            name: ${yamlString(metric)}`,
        `            value: ${value}`,
      ]),
    ]),
  ];
}

/** A task and its scores as Hugging Face lists them. */
interface Result {
  readonly task: string;
  readonly scores: readonly {
    readonly type: string;
    readonly name: string;
    readonly value: number;
  }[];
}

function classResult(task: string, { scores }: CardTest): Result {
  const known = metrics.filter((metric) => Number.isFinite(scores[metric].mean));
  return {
    task: `speech ${task} recognition`,
    scores: known.map((metric) => ({ ...metricNames[metric], value: scores[metric].mean })),
  };
}

function numberResult(task: string, { ccc, rmse }: ReportNumberScores): Result {
  return {
    task: `speech ${task} regression`,
    scores: [
      { type: 'ccc', name: 'CCC (concordance correlation coefficient)', value: ccc },
      { type: 'rmse', name: 'RMSE', value: rmse },
    ],
  };
}
