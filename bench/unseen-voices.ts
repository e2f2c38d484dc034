/** What models recognise in voices that they were not trained on: committed results of experiments, as a table and a figure. */
import * as Plot from '@observablehq/plot';
import { z } from 'zod';
import { readText, type Files } from '../src/core/files.js';
import { parseJson } from '../src/core/json.js';
import { markdownTable } from '../src/report/draw/markdown.js';
import { bandTitles, drawFigure } from './figure.js';

const scored = z.object({
  name: z.string(),
  scores: z.object({
    uar: z.object({ mean: z.number(), interval: z.tuple([z.number(), z.number()]).optional() }),
  }),
});
/** The part of an experiment's summary.json that is shown. */
const summary = z.object({
  labels: z.array(z.string()),
  corpus: z.object({ speakers: z.array(z.unknown()) }),
  cells: z.array(scored),
  ensembles: z.array(scored).default([]),
});

/** What is shown, best first: its name, and how it is called in the summaries. */
const models = [
  { title: 'preset `alstm`, ensemble of three seeds', cells: ['A-LSTM × 3 seeds'] },
  { title: 'preset `alstm`', cells: ['A-LSTM'] },
  { title: 'the same with a plain LSTM', cells: ['LSTM'] },
  { title: 'support vector classifier on functionals', cells: ['SVM'] },
] as const;
const paper = {
  title: 'the paper’s recipe, 32 units',
  cells: ['A-LSTM', 'Tao & Liu 2018, 32 units'],
} as const;

const corpora = [
  { name: 'nEMO', id: 'nemo', paper: 'nemo' },
  { name: 'EmoDB', id: 'emodb', paper: 'unseen-voices/paper-32-units/emodb' },
  { name: 'RAVDESS', id: 'ravdess', paper: 'unseen-voices/paper-32-units/ravdess' },
] as const;

/** UAR of a model on the speakers of a corpus that it was not trained on. */
export interface UnseenScore {
  readonly model: string;
  readonly corpus: string;
  readonly mean: number;
  /** 95%, over speakers or folds. */
  readonly interval: readonly [number, number] | undefined;
  /** What guessing scores. */
  readonly chance: number;
}

/**
 * The scores of the experiments below a folder.
 *
 * @param folder such as `bench/experiments`
 * @throws FileError if a summary is missing; an error of its schema if it has not the scores of every model
 */
export async function readUnseenVoices(files: Files, folder: string): Promise<UnseenScore[]> {
  const scores: UnseenScore[] = [];
  for (const corpus of corpora) {
    const own = await readSummary(files, `${folder}/unseen-voices/${corpus.id}/summary.json`);
    const papers = await readSummary(files, `${folder}/${corpus.paper}/summary.json`);
    const name = `${corpus.name}, ${own.labels.length} emotions, ${own.corpus.speakers.length} speakers`;
    for (const model of [...models, paper]) {
      const { cells, ensembles } = model === paper ? papers : own;
      const found = [...cells, ...ensembles].find((cell) =>
        (model.cells as readonly string[]).includes(cell.name),
      );
      if (found === undefined) throw new Error(`${corpus.id} has no ${model.cells.join(' or ')}`);
      const { mean, interval } = found.scores.uar;
      const chance = 1 / own.labels.length;
      scores.push({ model: model.title, corpus: name, mean, interval, chance });
    }
  }
  return scores;
}

async function readSummary(files: Files, path: string): Promise<z.infer<typeof summary>> {
  return summary.parse(parseJson(await readText(files, path), path));
}

const namesOf = (scores: readonly UnseenScore[], key: 'model' | 'corpus'): string[] => [
  ...new Set(scores.map((score) => score[key])),
];

/** A row a model, a column a corpus. */
export function unseenVoicesTable(scores: readonly UnseenScore[]): string {
  const names = namesOf(scores, 'corpus');
  const cell = (model: string, corpus: string): string => {
    const own = scores.find((score) => score.model === model && score.corpus === corpus);
    return own?.mean.toFixed(3) ?? '';
  };
  const chances = names.map((name) => scores.find(({ corpus }) => corpus === name)?.chance ?? NaN);
  return markdownTable(
    ['model', ...names],
    [
      ...namesOf(scores, 'model').map((model) => [
        model,
        ...names.map((name) => cell(model, name)),
      ]),
      ['chance', ...chances.map((chance) => chance.toFixed(3))],
    ],
  );
}

/** Accuracy as one figure: means and intervals, a band a corpus. */
export function unseenVoicesFigure(all: readonly UnseenScore[]): string {
  const scores = all.map((score) => ({ ...score, model: score.model.replaceAll('`', '') }));
  const names = namesOf(scores, 'corpus');
  const series = namesOf(scores, 'model');
  const intervals = scores.flatMap(({ interval, ...score }) =>
    interval === undefined ? [] : [{ ...score, from: interval[0], to: interval[1] }],
  );
  return drawFigure({
    title: 'Emotion in voices that were not in training',
    summary: scores
      .map(({ model, corpus, mean }) => `${model}, ${corpus}: ${mean.toFixed(2)}`)
      .join('; '),
    source:
      'Mean of the emotions’ recalls (UAR), 95% intervals; acted speech. Paper’s recipe on nEMO: 5 of 9 speakers.',
    series,
    options: {
      height: 70 + 104 * names.length,
      marginLeft: 20,
      marginTop: 26,
      x: { label: 'UAR', domain: [0, 1], grid: true, tickFormat: '.1f' },
      y: { domain: series, axis: null },
      fy: { label: null, domain: names, axis: null, padding: 0.28 },
      marks: [
        bandTitles(names, 'top-left', -15),
        Plot.ruleX(scores, {
          x: 'chance',
          fy: 'corpus',
          stroke: 'var(--muted)',
          strokeDasharray: '3,3',
        }),
        Plot.text(names, {
          x: (name: string) => scores.find(({ corpus }) => corpus === name)?.chance,
          fy: (name: string) => name,
          text: () => 'chance',
          frameAnchor: 'bottom',
          textAnchor: 'start',
          dx: 4,
          fill: 'var(--muted)',
        }),
        Plot.ruleY(intervals, {
          x1: 'from',
          x2: 'to',
          y: 'model',
          fy: 'corpus',
          stroke: 'model',
          strokeWidth: 2.5,
        }),
        Plot.dot(scores, { x: 'mean', y: 'model', fy: 'corpus', fill: 'model', r: 4.5 }),
        Plot.text(scores, {
          x: (score: UnseenScore) => score.interval?.[1] ?? score.mean,
          y: 'model',
          fy: 'corpus',
          text: ({ mean }: UnseenScore) => mean.toFixed(2),
          textAnchor: 'start',
          dx: 7,
        }),
      ],
    },
  });
}
