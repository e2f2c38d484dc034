import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { experimentFigures, renderExperiment } from '../../../src/report/experiment/report.js';
import type { CellReport, ExperimentReport } from '../../../src/report/experiment/types.js';
import { renamed } from './renamed.js';
import { sample, sampleOf, speakerNames } from './sample.js';
import { flawOf } from './well-formed.js';

const text = renderExperiment(sample);
const whole = parseHTML(text).document;
const small = sampleOf({
  cells: ['LSTM', 'A-LSTM'],
  speakers: speakerNames(4),
  seeds: [1],
  examples: 0,
});

function page(report: ExperimentReport): Document {
  return parseHTML(renderExperiment(report)).document;
}

function all(root: ParentNode, selector: string): Element[] {
  return Array.from(root.querySelectorAll(selector));
}

function texts(root: ParentNode, selector: string): string[] {
  return all(root, selector).map((element) =>
    (element.textContent ?? '').replace(/\s+/g, ' ').trim(),
  );
}

function figure(document: Document, title: string): Element {
  const found = all(document, 'svg[role=img]').find(
    (svg) => svg.querySelector('title')?.textContent === title,
  );
  if (found === undefined) throw new Error(`no figure ${title}`);
  return found;
}

function table(document: Document, caption: string): Element {
  const found = all(document, 'table').find(
    (one) => one.querySelector('caption')?.textContent.trim() === caption,
  );
  if (found === undefined) throw new Error(`no table ${caption}`);
  return found;
}

/** What every report must keep: numbers that are numbers, and nothing from outside. */
function expectSound(file: string): void {
  const broken = /NaN|Infinity|undefined|\[object/;
  const outside = /https?:|\/\/[a-z]|url\(|@import|<script|<link|<img|<iframe|\son\w+=/i;
  expect(broken.exec(file)).toBeNull(); // not toMatch, which would print the whole file
  expect(outside.exec(file)).toBeNull();
}

describe('renderExperiment', () => {
  it('is one sound file with every section', () => {
    expectSound(text);
    expect(texts(whole, 'h2')).toEqual([
      ...['Results', 'Spread by speaker', 'Learning', 'Confusion', 'By emotion', 'Examples'],
      ...['Protocol', 'Data'],
    ]);
  });

  it('has the scores of each cell with their intervals, and marks the best', () => {
    const scores = table(whole, 'Scores on the test speakers');
    expect(texts(scores, 'thead th')).toEqual(['cell', 'MAF', 'MAP', 'accuracy', 'UAR']);
    expect(texts(scores, 'tbody th')[0]).toBe('LSTM baseline');
    const { mean, interval } = sample.cells[1]!.scores.maf;
    const [low, high] = interval!.map((x) => (100 * x).toFixed(1));
    expect(texts(scores, 'tbody tr:nth-child(2) td')[0]).toBe(
      `${(100 * mean).toFixed(1)} %${low!} to ${high!}`,
    );
    expect(all(scores, 'tbody tr').map((row) => all(row, 'strong').length)).toEqual([0, 0, 0, 4]);
  });

  it('marks all that read as the highest', () => {
    const cells = small.cells.map((cell, i) => ({
      ...cell,
      scores: { ...cell.scores, maf: { mean: 0.6 + 0.0001 * i } },
    }));
    const scores = table(page({ ...small, cells }), 'Scores on the test speakers');
    expect(all(scores, 'td:nth-child(2) strong')).toHaveLength(2);
  });

  it('has differences from the baseline with relative change, interval and p', () => {
    const differences = table(whole, 'Difference from LSTM');
    expect(texts(differences, 'tbody th')).toEqual(sample.cells.slice(1).map(({ name }) => name));
    const { difference, relative, p } = sample.comparisons[0]!;
    expect(texts(differences, 'td')[0]).toMatch(
      new RegExp(
        `^\\+${(100 * difference).toFixed(1)} \\+${(100 * relative).toFixed(1)} %.* to .*p = ${p!.toFixed(3)}$`,
      ),
    );
    expect(texts(whole, '.note')[0]).toContain('bootstrap over 9 speakers');
  });

  it('omits intervals and p, and says so, if fewer than 5 were tested', () => {
    const document = page(small);
    expect(texts(table(document, 'Scores on the test speakers'), 'td').join(' ')).not.toContain(
      'to',
    );
    expect(texts(table(document, 'Difference from LSTM'), 'td').join(' ')).not.toMatch(/ to |p =/);
    const note = texts(document, '.note')[0];
    expect(note).toContain('omitted: only 4 speakers were tested');
    expect(note).not.toMatch(/95|sign-flip/);
    const drawn = all(
      figure(document, 'Scores by cell'),
      '[aria-label=rule][stroke-opacity="0.55"]',
    );
    expect(drawn).toHaveLength(0);
    expect(texts(whole, '.note')[0]).not.toContain('omitted');
  });

  it('marks missing runs at the top, and only them', () => {
    const missing = ['A-LSTM F04 1', '<b>x</b> M02 3'];
    const document = page({ ...small, missing });
    const banner = document.querySelector('main > .missing')!;
    expect(banner.textContent).toContain('8 of 10 runs done');
    expect(texts(banner, 'li')).toEqual(missing);
    expect(document.querySelector('main')!.firstElementChild).toBe(banner);
    expect(whole.querySelector('.missing')).toBeNull();
  });

  it('names every figure and table, and describes every figure', () => {
    for (const svg of all(whole, 'svg[role=img]')) {
      expect(svg.querySelector('title')?.textContent).not.toBe('');
      expect(svg.getAttribute('aria-label')).toMatch(/\w\. \w/);
    }
    for (const one of all(whole, 'table')) {
      expect(all(one, 'thead th[scope], thead th[colspan]').length).toBeGreaterThan(1);
    }
    expect(figure(whole, 'Scores by cell').getAttribute('aria-label')).toContain('LSTM 58.1');
  });

  it('draws a dot a speaker and cell, a faint one a seed, and a line a speaker', () => {
    const spread = figure(whole, 'MAF by speaker');
    expect(all(spread, '[aria-label=dot][fill-opacity] circle')).toHaveLength(4 * 9 * 3);
    const marks = all(spread, '[aria-label=dot] title').map((title) => title.textContent);
    expect(marks).toHaveLength(4 * 9);
    expect(marks[0]).toMatch(/^F01: [\d.]+ %$/);
    expect(all(spread, '[aria-label=line] path')).toHaveLength(9);
    expect(
      all(figure(whole, 'Difference from LSTM by speaker'), '[aria-label=dot] title'),
    ).toHaveLength(27);
  });

  it('gives cells colours and shapes of their own', () => {
    const dots = all(figure(whole, 'Scores by cell'), '[aria-label=dot]').slice(0, 4);
    expect(new Set(dots.map((dot) => dot.getAttribute('fill'))).size).toBe(4);
    expect(new Set(dots.map((dot) => dot.innerHTML.replace(/transform="[^"]*"/, ''))).size).toBe(4);
  });

  it('draws a thin line a run, the mean, and the tested epochs', () => {
    const curves = figure(whole, 'Learning of LSTM');
    expect(all(curves, '[aria-label=line][stroke-opacity] path')).toHaveLength(2 * 27);
    expect(all(curves, '[aria-label=line]:not([stroke-opacity])')).toHaveLength(5);
    expect(all(curves, '[aria-label=dot] circle')).toHaveLength(27);
    const ticks = (svg: Element): string[] => texts(svg, '[aria-label="y-axis tick label"] text');
    expect(ticks(figure(whole, 'Learning of A-LSTM all'))).toEqual(ticks(curves));
  });

  it('shades confusion by row and shows the counts', () => {
    const svg = figure(whole, 'Confusion matrix of LSTM');
    const row = sample.cells[0]!.confusion[0]!;
    const share = row[0]! / row.reduce((sum, x) => sum + x, 0);
    const [first] = all(svg, '[aria-label=cell] rect');
    expect(Number(first!.getAttribute('fill-opacity'))).toBeCloseTo(share, 3);
    expect(svg.textContent).toContain(row[0]!.toFixed(1));
  });

  it('shows an example on one time axis, and what an A-LSTM combines', () => {
    const svg = figure(whole, 'Example 1: waveform, pitch and attention');
    expect(all(svg, ':scope > svg')).toHaveLength(2 + 4);
    expect(texts(svg, '[aria-label="x-axis label"]')).toEqual(['time (s)']);
    const combination = figure(whole, 'Example 1: what A-LSTM 5, 3, 1 combines');
    expect(all(combination, ':scope > svg')).toHaveLength(4);
    for (const part of ['forward, cell state', 'backward, output', 't−5', 't−3', 't−1']) {
      expect(combination.textContent).toContain(part);
    }
    expect(combination.getAttribute('aria-label')).toMatch(/forward cell state: t−5 [\d.]+/);
    expect(texts(whole, 'article td')).toContain('anger (wrong)');
  });

  it('shows protocol, hashes, machines, data and the whole JSON', () => {
    expect(texts(whole, 'dd code')).toEqual([sample.protocol.hash, sample.protocol.dataHash]);
    for (const machine of sample.machines) expect(texts(whole, 'dd')[3]).toContain(machine);
    expect(whole.querySelector('details pre')!.textContent).toBe(sample.protocol.json);
    expect(texts(table(whole, 'Utterances by speaker'), 'tbody th')).toEqual(speakerNames(9));
    const settings = table(whole, 'Configuration of the cells (bold: differences)');
    expect(texts(settings, 'tbody th').slice(0, 4)).toEqual([
      ...['parameters', 'runs done', 'cell', 'offsets'],
    ]);
  });

  it('escapes every text that it is given', () => {
    const bad = `<b a="'">&lt;`;
    const document = page(renamed(bad));
    expect(document.querySelector('b')).toBeNull();
    expect(document.querySelector('h1')!.textContent).toBe(bad);
    expect(document.querySelector('pre')!.textContent).toBe(bad);
    expect(texts(document, 'dd').filter((one) => one === bad)).toHaveLength(4);
    expect(texts(document, 'th, td').filter((one) => one === bad).length).toBeGreaterThan(10);
    const svg = figure(document, `Confusion matrix of ${bad}`);
    expect(svg.getAttribute('aria-label')).toContain(bad);
  });

  it.each([
    [1, 9],
    [5, 24],
  ])('holds %i cells and %i speakers', (cells, speakers) => {
    const names = Array.from({ length: cells }, (_, i) => `${'long '.repeat(20)}${i}`);
    const report = sampleOf({
      cells: names,
      speakers: speakerNames(speakers),
      seeds: [1],
      examples: 1,
    });
    const file = renderExperiment(report);
    expectSound(file);
    const { document } = parseHTML(file);
    expect(texts(document, 'table')[0]).toContain(names[0]);
    expect(texts(document, 'caption').some((one) => one.startsWith('Difference'))).toBe(cells > 1);
    expect(figure(document, 'MAF by speaker').textContent).not.toContain(names[0]);
    expect(all(figure(document, 'MAF by speaker'), '[aria-label=dot] title')).toHaveLength(
      cells * speakers,
    );
  });

  it('is sound when nothing is done yet', () => {
    const none = { mean: NaN };
    const cells = small.cells.map((cell): CellReport => ({
      ...cell,
      runs: 0,
      scores: { maf: none, map: none, accuracy: none, uar: none },
      ...{ classes: [], units: [], confusion: [], curves: [] },
    }));
    const report = { ...small, cells, comparisons: [], missing: ['LSTM F01 1'] };
    const file = renderExperiment(report);
    expectSound(file);
    expect(file).toContain('0 of 1 runs done');
    expect(experimentFigures(report)).toEqual([]);
    expectSound(renderExperiment({ ...report, cells: [], labels: [] }));
  });

  it('is sound for examples of no frames or nothing voiced', () => {
    const [example] = sample.examples;
    const models = example!.models.map((model) => ({ ...model, attention: [], combination: [] }));
    const empty = { ...example!, seconds: 0, envelope: [], pitch: [], models };
    const unvoiced = { ...example!, pitch: example!.pitch.map(() => 0) };
    const file = renderExperiment({ ...small, examples: [empty, unvoiced] });
    expectSound(file);
    expect(file).toContain('The recording has no frames.');
    expect(file).toContain('no voiced frame');
  });
});

describe('experimentFigures', () => {
  const figures = experimentFigures(sample);

  it('has a file for every figure of the page', () => {
    expect(figures.map(({ name }) => name)).toEqual([
      ...['scores.svg', 'speakers.svg', 'differences.svg'],
      ...['curves', 'confusion'].flatMap((kind) =>
        ['lstm', 'a-lstm-5-3-1', 'a-lstm-9-5-1', 'a-lstm-all'].map((cell) => `${kind}-${cell}.svg`),
      ),
      ...['attention-1.svg', 'combination-1.svg', 'attention-2.svg', 'combination-2.svg'],
    ]);
    expect(figures).toHaveLength(all(whole, 'svg[role=img]').length);
  });

  it('is well-formed XML with its own style, title and description', () => {
    for (const { svg } of figures) {
      expect(flawOf(svg)).toBeUndefined();
      expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" ')).toBe(true);
      expect(svg).toContain('prefers-color-scheme: dark');
      expect(svg).toMatch(/<title>[^<]+<\/title>\s*<desc>[^<]+<\/desc>/);
      expectSound(svg.replace('http://www.w3.org/2000/svg', ''));
    }
  });

  it('stays well-formed, with safe names, whatever things are called', () => {
    const bad = `../<b a="'">&\u00a0\u0007`;
    const files = experimentFigures(renamed(bad));
    for (const { name, svg } of files) {
      expect(flawOf(svg)).toBeUndefined();
      expect(name).toMatch(/^[a-z0-9-]+\.svg$/);
    }
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  });

  it('tells a flaw when there is one', () => {
    for (const flawed of [
      '<a>',
      '<a></b>',
      '<a b=1/>',
      '<a>&nbsp;</a>',
      '<a b="<"/>',
      '<a/><a/>',
    ]) {
      expect(flawOf(flawed)).toBeDefined();
    }
  });
});
