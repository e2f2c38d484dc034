/** Hostile names in what is shown to people: pages, figures, Markdown, model cards. */
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { modelCard } from '../../../src/report/card/card.js';
import type { ModelCard } from '../../../src/report/card/types.js';
import { markdown } from '../../../src/report/draw/markdown.js';
import { experimentFigures, renderExperiment } from '../../../src/report/experiment/report.js';
import { experimentMarkdown, experimentText } from '../../../src/report/experiment/text.js';
import { renderReport } from '../../../src/report/run/report.js';
import type { ReportInput } from '../../../src/report/run/types.js';
import { flawOf } from '../../report/experiment/well-formed.js';
import { renamedWithAll } from '../../report/experiment/renamed.js';
import { sample } from '../../report/sample.js';
import { tinyModel } from '../../model/tiny-model.js';
import { allNames, casesOf, hostileNames, innocentFor, keepCounts, namesForLong } from './names.js';
import { htmlStructure, markdownStructure, type Structure } from './structure.js';

/** The report of a training in which all that has a name has this one. */
function runReport(name: string): ReportInput {
  const [model] = sample.models;
  const [side] = sample.data;
  const labels = ['anger', 'happiness', 'neutral', name];
  const numbers = { ccc: 0.5, rmse: 0.5, mae: 0.5, pearson: 0.5, utterances: 9 };
  return {
    title: name,
    created: name,
    adapter: name,
    data: [{ ...side!, name, labels: { [name]: 3 } }],
    models: [
      {
        ...model!,
        name,
        settings: { [name]: name },
        origin: name,
        test: { ...model!.test, labels },
        regression: { [name]: numbers },
      },
    ],
    prediction: {
      ...sample.prediction!,
      path: name,
      model: name,
      truth: name,
      scores: { [name]: 1 },
    },
  };
}

function card(name: string): string {
  const { model } = tinyModel();
  const scores = { maf: 0.5, map: 0.5, accuracy: 0.5, uar: 0.5 };
  const means = {
    maf: { mean: 0.5 },
    map: { mean: 0.5 },
    accuracy: { mean: 0.5 },
    uar: { mean: 0.5 },
  };
  const numbers = { ccc: 0.5, rmse: 0.5, mae: 0.5, pearson: 0.5, utterances: 9 };
  const [head] = model.heads;
  const own: ModelCard = {
    name,
    model: { ...model, heads: [head!, { task: name, loss: 'ccc', hidden: 0, weight: 1 }] },
    labels: { emotion: [name], gender: [name, 'm'] },
    license: name,
    tags: [name],
    data: { corpus: name, languages: [name], labels: { [name]: 3 } },
    protocol: {
      split: name,
      testSpeakers: [name],
      validation: name,
      features: name,
      normalisation: name,
    },
    training: {
      adapter: name,
      driver: name,
      version: name,
      validationNumbers: { [name]: { ccc: 0.5, rmse: 0.5 } },
    },
    test: {
      task: name,
      scores: means,
      classes: [{ label: name, precision: 1, recall: 1, f1: 1, support: 1 }],
      folds: [
        { name, utterances: 1, scores },
        { name: 'other', utterances: 1, scores },
      ],
    },
    numbers: { [name]: numbers },
    limits: [name],
  };
  return modelCard(own);
}

const frontMatter = /^---\n([^]*?)\n---\n\n/;

/** All keys of JSON or YAML, in order, and all its texts. */
function treeOf(value: unknown): Structure {
  const shape: string[] = [];
  const texts: string[] = [];
  const walk = (own: unknown): void => {
    if (typeof own === 'string') texts.push(own);
    if (typeof own !== 'object' || own === null) return void shape.push(typeof own);
    for (const [key, below] of Object.entries(own)) {
      shape.push(key);
      walk(below);
    }
  };
  walk(value);
  return { shape, texts };
}

const obeyed = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** What is shown of a name: line ends are kept. */
const shown = (name: string): string =>
  name
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('\n')
    .map((line) => line.replace(obeyed, '\ufffd'))
    .join('\n');

/** What cards and Markdown make of a name. */
const onOneLine = (name: string): string =>
  name
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[\r\n\u0085\u2028\u2029\t]+/g, ' ')
    .replace(obeyed, '\ufffd')
    .trim();

const outputs: readonly {
  readonly what: string;
  readonly read: (name: string) => Structure;
  /** The name as the reader has it. */
  readonly as: (name: string) => string;
}[] = [
  {
    what: 'report of a training',
    read: (name) => htmlStructure(renderReport(runReport(name))),
    as: shown,
  },
  {
    what: 'report of an experiment',
    read: (name) => htmlStructure(renderExperiment(renamedWithAll(name))),
    as: shown,
  },
  {
    what: 'tables in Markdown',
    read: (name) => markdownStructure(experimentMarkdown(renamedWithAll(name))),
    as: onOneLine,
  },
  {
    what: 'text of a model card',
    read: (name) => markdownStructure(card(name).replace(frontMatter, '')),
    as: onOneLine,
  },
  {
    what: 'front matter of a model card',
    read: (name) => treeOf(parseYaml(frontMatter.exec(card(name))?.[1] ?? '')),
    as: onOneLine,
  },
];

keepCounts('reports', [
  ...outputs.map(({ what }) => what),
  'figures as files of SVG',
  'tables for a terminal',
  'Markdown wherever a name stands',
]);

describe.each(outputs)('$what', ({ read, as }) => {
  it.each(casesOf(namesForLong))(
    'with the %s name %s is what it is with an innocent one',
    (_kind, _shown, name) => {
      const innocent = innocentFor(name);
      const [hostile, plain] = [read(name), read(innocent)];
      expect(hostile.shape).toEqual(plain.shape);
      const holds = (texts: readonly string[], wanted: string): number =>
        texts.filter((text) => text.includes(wanted)).length;
      const found = holds(hostile.texts, as(name));
      expect(found).toBeGreaterThanOrEqual(1);
    },
  );
});

it.each(casesOf(namesForLong))(
  'figures with the %s name %s are files of well-formed XML',
  (_kind, _shown, name) => {
    for (const { name: file, svg } of experimentFigures(renamedWithAll(name))) {
      expect(flawOf(svg)).toBeUndefined();
      expect(file).toMatch(/^[a-z0-9-]+\.svg$/);
    }
  },
);

it.each(casesOf(namesForLong))(
  'the table for a terminal with the %s name %s has nothing that it obeys',
  (_kind, _shown, name) => {
    const lines = experimentText(renamedWithAll(name)).split('\n');
    expect(lines.length).toBe(experimentText(renamedWithAll(innocentFor(name))).split('\n').length);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  },
);

it('Markdown shows every name as text, wherever it stands', () => {
  const places: readonly ((text: string) => string)[] = [
    (text) => text,
    (text) => `# ${text}`,
    (text) => `- ${text}`,
    (text) => `before\n${text}`,
    (text) => `| a | b |\n| --- | --- |\n| ${text} | ${text} |`,
  ];
  const names = allNames.map(([, name]) => name).filter((name) => onOneLine(name) !== '');
  for (const place of places) {
    const read = (texts: readonly string[]): Structure =>
      markdownStructure(texts.map((text) => place(markdown(text))).join('\n\n'));
    const [hostile, plain] = [read(names), read(names.map(innocentFor))];
    expect(hostile.shape).toEqual(plain.shape);
    const found = new Set(hostile.texts.map((text) => text.replace('before', '')));
    expect(names.map(onOneLine).filter((name) => !found.has(name))).toEqual([]);
  }
});

it('tells that a name was taken for something else', () => {
  const page = (name: string) => htmlStructure(`<p title="${name}">${name}</p>`).shape;
  expect(page('<b>')).not.toEqual(page('n'));
  expect(page('" onclick="x')).not.toEqual(page('n'));
  const table = (name: string) => markdownStructure(`| a |\n| - |\n| ${name} |`).shape;
  const taken = hostileNames['markdown']!.filter(
    (name) => JSON.stringify(table(name)) !== JSON.stringify(table('n')),
  );
  expect(taken.length).toBeGreaterThan(5);
  const line = (name: string) => markdownStructure(name).shape;
  for (const name of ['- list', '1. list', '---', '# heading', '> quote', '    indented']) {
    expect(line(name)).not.toEqual(line('n'));
  }
});
