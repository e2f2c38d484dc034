import { lastRecurrent } from '../../core/layers.js';
import { metrics, type Metric } from '../experiment/types.js';
import { yamlString } from '../draw/markdown.js';
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
export function cardHeader({ name, model, license, tags = [], data, test }: ModelCard): string {
  const own = ['speech-emotion-recognition', 'webgpu', 'alstm', lastRecurrent(model).cell];
  const task = test?.task ?? 'emotion';
  return [
    '---',
    ...(license === undefined ? [] : [`license: ${yamlString(license)}`]),
    ...list('language', data?.languages ?? []),
    'library_name: alstm',
    'pipeline_tag: audio-classification',
    ...list('tags', [...new Set([...own, ...tags])]),
    ...(test === undefined
      ? []
      : list(
          'metrics',
          metrics.map((metric) => metricNames[metric].type),
        )),
    ...(test === undefined ? [] : modelIndex(name, data?.corpus, task, test)),
    '---',
  ].join('\n');
}

function list(key: string, values: readonly string[]): string[] {
  return values.length === 0
    ? []
    : [`${key}:`, ...values.map((value) => `  - ${yamlString(value)}`)];
}

/** The scores as Hugging Face lists them; it wants the data set named. */
function modelIndex(name: string, corpus: string | undefined, task: string, test: CardTest) {
  const known = metrics.filter((metric) => Number.isFinite(test.scores[metric].mean));
  if (corpus === undefined || known.length === 0) return [];
  return [
    'model-index:',
    `  - name: ${yamlString(name)}`,
    '    results:',
    '      - task:',
    '          type: audio-classification',
    `          name: ${yamlString(`speech ${task} recognition`)}`,
    '        dataset:',
    `          name: ${yamlString(corpus)}`,
    `          type: ${yamlString(corpus)}`,
    '        metrics:',
    ...known.flatMap((metric) => [
      `          - type: ${metricNames[metric].type}`,
      `            name: ${yamlString(metricNames[metric].name)}`,
      `            value: ${test.scores[metric].mean}`,
    ]),
  ];
}
