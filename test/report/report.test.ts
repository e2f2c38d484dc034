import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/run/report.js';
import type { ReportInput, ReportModel } from '../../src/report/run/types.js';
import { sample } from './sample.js';

function page(input: ReportInput): Document {
  return parseHTML(renderReport(input)).document;
}

function all(root: ParentNode, selector: string): Element[] {
  return Array.from(root.querySelectorAll(selector));
}

function withModels(change: (model: ReportModel) => ReportModel): ReportInput {
  return { ...sample, models: sample.models.map(change) };
}

/** What every report must keep: numbers that are numbers, and nothing from outside. */
function expectSound(input: ReportInput): void {
  const text = renderReport(input);
  const broken = /NaN|Infinity|undefined|\[object/;
  const outside = /https?:|\/\/[a-z]|url\(|@import|<script|<link|<img|<iframe|\son\w+=/i;
  expect(broken.exec(text)).toBeNull(); // not toMatch, which would print the whole file
  expect(outside.exec(text)).toBeNull();
  const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
}

describe('renderReport', () => {
  it('is one sound file for a full input', () => {
    expectSound(sample);
    expect(renderReport(sample).startsWith('<!doctype html>\n')).toBe(true);
  });

  it('lists the most frequent mistakes among many labels, and does not draw a matrix of them', () => {
    const labels = Array.from({ length: 60 }, (_, i) => `label ${i}`);
    const confusion = labels.map((_, i) => labels.map((_, j) => (j === (i * 7) % 60 ? i % 9 : 0)));
    const input = withModels((model) => ({ ...model, test: { ...model.test, labels, confusion } }));
    expectSound(input);
    expect(renderReport(input).length).toBeLessThan(1.5 * renderReport(sample).length);
    const { document } = parseHTML(renderReport(input));
    const text = document.body.textContent;
    expect(text).toContain('The most frequent mistakes among 60 labels');
    expect(text).not.toContain('Confusion matrix of');
    const table = all(document, 'caption').find((own) => own.textContent?.includes('mistakes'));
    expect(table?.parentElement?.querySelectorAll('tbody tr').length).toBe(20);
  });

  it('draws losses and confusion of each model, accuracy, waveform and attention', () => {
    const figures = all(page(sample), 'svg[role=img]');
    expect(figures.map((svg) => svg.querySelector('title')?.textContent)).toEqual([
      'Loss of LSTM by epoch',
      'Loss of A-LSTM by epoch',
      'Validation accuracy by epoch',
      'Confusion matrix of LSTM',
      'Confusion matrix of A-LSTM',
      'Waveform envelope',
      'Attention over time',
    ]);
    for (const svg of figures) expect(svg.getAttribute('aria-label')).toMatch(/\w\. \w/);
    expect(figures[3]!.getAttribute('aria-label')).toContain('anger: 7 of 10 right');
    expect(figures[0]!.textContent).toContain('loss (nats)');
    expect(figures[0]!.textContent).toContain('epoch');
    expect(figures[6]!.textContent).toContain('time (s)');
  });

  it('draws a point an epoch and part, and every loss on one scale', () => {
    const [lstm, alstm] = all(page(sample), 'svg[role=img]');
    expect(lstm!.querySelectorAll('circle')).toHaveLength(2 * 12);
    expect(alstm!.querySelectorAll('circle')).toHaveLength(2 * 14);
    const ticks = (svg: Element): string[] =>
      all(svg, '[aria-label="y-axis tick label"] text').map((t) => t.textContent);
    expect(ticks(lstm!).length).toBeGreaterThan(3);
    expect(ticks(alstm!)).toEqual(ticks(lstm!));
  });

  it('shades and writes each cell of a confusion matrix by its share of the row', () => {
    const svg = all(page(sample), 'svg[role=img]')[3]!;
    const cells = all(svg, '[aria-label=cell] rect');
    expect(cells.map((cell) => Number(cell.getAttribute('fill-opacity')))).toEqual(
      sample.models[0]!.test.confusion.flat().map((count) => count / 10),
    );
    expect(svg.textContent).toContain('70 %');
  });

  it('compares the models in a table and marks the best', () => {
    const table = page(sample).querySelector('table')!;
    const header = all(table, 'thead th').map((th) => th.textContent);
    expect(header.slice(0, 6)).toEqual(['model', 'utterances', 'accuracy', 'UAR', 'MAF', 'MAP']);
    const rows = all(table, 'tbody tr');
    expect(rows.map((row) => row.children[2]?.textContent)).toEqual(['72.5\u00a0%', '77.5\u00a0%']);
    expect(rows.map((row) => row.querySelectorAll('strong').length)).toEqual([0, 4]);
  });

  it('escapes every text that it is given', () => {
    const bad = `<b a="'">&lt;`; // short enough for an axis
    const labels = [bad, 'b', 'c', 'd'];
    const input: ReportInput = {
      title: bad,
      created: bad,
      adapter: bad,
      data: [{ name: bad, utterances: 1, seconds: 1, speakers: 1, labels: { [bad]: 1 } }],
      models: sample.models.map((model) => ({
        ...model,
        name: bad,
        settings: { [bad]: bad },
        log: model.log.map((epoch) => ({
          ...epoch,
          train: { total: 1, tasks: { [bad]: 1 } },
        })),
        test: { ...model.test, labels },
      })),
      prediction: {
        ...sample.prediction!,
        path: bad,
        model: bad,
        truth: bad,
        scores: { [bad]: 1 },
      },
    };
    const document = page(input);
    expect(document.querySelector('b')).toBeNull();
    expect(document.querySelector('title')?.textContent).toBe(bad);
    expect(document.querySelector('code')?.textContent).toBe(bad);
    const figures = all(document, 'svg[role=img]');
    expect(figures[0]!.getAttribute('aria-label')).toContain(bad);
    expect(figures[3]!.textContent).toContain(bad);
    expect(all(document, '.legend span').at(-1)!.textContent).toContain(bad);
    const cells = all(document, 'th, td').map((cell) => cell.textContent);
    expect(cells.filter((text) => text === bad).length).toBeGreaterThan(12);
  });

  it('says so where no epoch was logged', () => {
    const input = withModels((model) => ({ ...model, log: [] }));
    expectSound(input);
    expect(page(input).body.textContent.match(/No epochs were logged/g)).toHaveLength(3);
  });

  it('draws a single epoch', () => {
    const input = withModels((model) => ({ ...model, log: model.log.slice(0, 1) }));
    expectSound(input);
    const svg = page(input).querySelector('svg[role=img]')!;
    expect(svg.querySelectorAll('circle')).toHaveLength(2);
  });

  it('leaves out what is not finite: losses of a diverged run, speeds, scores', () => {
    const input = withModels((model) => ({
      ...model,
      log: model.log.map((epoch, i) => ({
        ...epoch,
        train: { total: i > 2 ? NaN : 1, tasks: { emotion: Infinity } },
        framesPerSecond: NaN,
      })),
      test: { ...model.test, maf: NaN },
    }));
    expectSound(input);
    const svg = page(input).querySelector('svg[role=img]')!;
    expect(svg.querySelectorAll('circle')).toHaveLength(3 + 12);
  });

  it('draws training alone where there is no validation', () => {
    const input = withModels((model) => ({
      ...model,
      log: model.log.map(({ epoch, train, learningRate, framesPerSecond }) => {
        return { epoch, train, learningRate, framesPerSecond };
      }),
    }));
    expectSound(input);
    const document = page(input);
    expect(document.querySelector('svg[role=img]')!.querySelectorAll('circle')).toHaveLength(12);
    expect(document.body.textContent.match(/No epochs were logged/g)).toHaveLength(1);
  });

  it('has a row, an origin and a confusion matrix of a model that was not trained here, but no curves', () => {
    const [first] = sample.models;
    const origin = 'voices-9 learned from acted speech <MIT>';
    const voices: ReportModel = { ...first!, name: 'voices-9', log: [], origin };
    const input = { ...sample, models: [...sample.models, voices] };
    expectSound(input);
    const document = page(input);
    const row = all(document.querySelector('table')!, 'tbody tr')[2]!;
    const cells = Array.from(row.children, (cell) => cell.textContent.trim());
    expect([cells[0], cells[2], ...cells.slice(7)]).toEqual(
      ['voices-9', '72.5\u00a0%', '–', '–', '–'], // no epochs, validation or speed
    );
    expect(all(document, 'section p').map((p) => p.textContent)).toContain(origin);
    const titles = all(document, 'svg[role=img] title').map((title) => title.textContent);
    expect(titles).toContain('Confusion matrix of voices-9');
    expect(titles.filter((title) => title.startsWith('Loss of'))).toHaveLength(2);
  });

  it('goes without a prediction, without models, and with a label never met in the test', () => {
    const { prediction, ...rest } = sample;
    expect(page(sample).querySelector('code')?.textContent).toBe(prediction!.path);
    expectSound(rest);
    expect(page(rest).querySelector('code')).toBeNull();
    expectSound({ ...sample, models: [] });
    expectSound(
      withModels((model) => ({
        ...model,
        test: { ...model.test, labels: ['only'], confusion: [[0]], utterances: 0 },
      })),
    );
  });

  it.each([
    ['no frames', { attention: [] }],
    ['no length', { seconds: 0 }],
    ['one frame', { attention: [1], envelope: [0.5], seconds: 0.025 }],
    ['no outline', { envelope: [] }],
    ['a silent recording', { envelope: [0, 0, 0] }],
    ['weights that are not finite', { attention: [0.5, NaN, 0.5], scores: { anger: NaN } }],
    ['half a minute', { attention: new Array<number>(2998).fill(1 / 2998), seconds: 30 }],
  ])('copes with a recording of %s', (_, change) => {
    expectSound({ ...sample, prediction: { ...sample.prediction!, ...change } });
  });

  it('gives the same file for the same input', () => {
    expect(renderReport(sample) === renderReport(sample)).toBe(true);
  });
});
