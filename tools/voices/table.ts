import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from '../../src/report/draw/markdown.js';
import { about } from './corpora.js';
import type { Evaluation, Scores } from './measures.js';

/** By name of the model. */
export type Evaluations = Readonly<Record<string, Evaluation>>;

type Table = Readonly<Record<string, Scores>>;

const titles: Readonly<Record<string, string>> = {
  emotale: 'EmoTale',
  turev: 'TurEV-DB',
  female: 'women',
  male: 'men',
};

/** `nemo (Polish)` as `nEMO (Polish)`. */
function titleOf(key: string): string {
  const [, id = key, language = ''] = /^(\S+)( \(.*\))?$/.exec(key) ?? [];
  return `${titles[id] ?? about[id]?.title ?? id}${language}`;
}

const cellOf = (own: Scores | undefined): string =>
  own === undefined ? '' : `${own.one.toFixed(2)} · ${own.ten.toFixed(2)}`;

/** UAR of all models on all that they have not heard, with one recording of a speaker and with ten. */
export function resultsTable(evaluations: Evaluations): string {
  const models = Object.entries(evaluations);
  const rows = (what: string, of: (evaluation: Evaluation) => Table): string[][] => {
    const keys = new Set(models.flatMap(([, evaluation]) => Object.keys(of(evaluation))));
    return [...keys].map((key) => [
      titleOf(key),
      what,
      ...models.map(([, evaluation]) => cellOf(of(evaluation)[key])),
    ]);
  };
  return markdownTable(
    ['speech', 'not heard before', ...models.map(([name]) => `\`${name}\``)],
    [
      ...rows('the speakers', ({ speakers }) => speakers),
      ...rows('the corpus', ({ corpora }) => ({ ...corpora.fit, ...corpora.check })),
      ...rows('the corpus', ({ gender }) => gender),
      ['chance', '', ...models.map(([, { labels }]) => (1 / labels.length).toFixed(2))],
    ],
  );
}

const soundTitles: Readonly<Record<string, string>> = {
  clean: 'as recorded',
  echo: 'room echo',
  noise: 'noise, 10 to 20 dB',
  telephone: 'telephone band',
  level: 'level, −40 to 0 dB',
  mp3: 'MP3, 32 kbit/s',
};

/** UAR under each condition: speakers not heard of its corpora, and corpora not heard. */
export function robustnessTable(evaluations: Evaluations): string {
  const models = Object.entries(evaluations);
  const columns = models.flatMap(([name, { sounds }]) => [
    { title: `\`${name}\`, speakers`, table: sounds.speakers },
    { title: `\`${name}\`, corpora`, table: sounds.fit },
  ]);
  const names = new Set(columns.flatMap(({ table }) => Object.keys(table)));
  return markdownTable(
    ['sound', ...columns.map(({ title }) => title)],
    [...names].map((name) => [
      soundTitles[name] ?? name,
      ...columns.map(({ table }) => cellOf(table[name])),
    ]),
  );
}

/** The evaluations in a folder, voices-4 first, those of the non-commercial models last. */
export function readEvaluations(folder: string): Evaluations {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''));
  const order = (name: string): string => `${name.endsWith('-nc') ? 1 : 0} ${name}`;
  names.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  return Object.fromEntries(
    names.map((name) => [
      name,
      JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Evaluation,
    ]),
  );
}

/** The tables by the names of their marks. */
export function tablesOf(evaluations: Evaluations): Readonly<Record<string, string>> {
  return { voices: resultsTable(evaluations), sounds: robustnessTable(evaluations) };
}
