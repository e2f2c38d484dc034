/** Hostile names in what programs read: tables, JSON, event files, models. */
import { PbfReader } from 'pbf';
import { describe, expect, it } from 'vitest';
import { csvFormat, jsonLines } from '../../../src/cli/predict/formats.js';
import { separatorOf } from '../../../src/core/csv.js';
import { textOfCell } from '../../../src/core/csv-cells.js';
import { sortedUnique } from '../../../src/core/order.js';
import { readManifest, writeManifest } from '../../../src/corpora/manifest.js';
import { readRecordingList } from '../../../src/corpora/recording-list.js';
import { exportOnnx } from '../../../src/export/onnx.js';
import { readModel, writeModel, type TrainedModel } from '../../../src/model/folder.js';
import { initialParameters } from '../../../src/network/init.js';
import { columnsOf } from '../../../src/results/columns.js';
import { rowOf } from '../../../src/results/row.js';
import { logCsv } from '../../../src/runs/log-csv.js';
import { eventFile } from '../../../src/runs/log-tensorboard.js';
import type { EpochLog } from '../../../src/runs/log.js';
import { rowsJson, savedName } from '../../../src/web/saved.js';
import { tinyModel } from '../../model/tiny-model.js';
import { readEvents } from '../../runs/tfrecord.js';
import { MemoryFiles } from '../../support/memory-files.js';
import { allNames, casesOf, keepCounts } from './names.js';

/** The cells of a table as a spreadsheet takes them: quotes count where a cell begins with one. */
function cellsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      at++;
      for (; at < text.length; at++) {
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
      at++;
    }
    while (at < text.length && text[at] !== separator && text[at] !== '\n') cell += text[at++];
    rows.at(-1)?.push(cell);
    if (text[at++] === '\n' && at < text.length) rows.push([]);
  }
  return rows;
}

/** That no program takes a cell for a formula, whatever its country's separator. */
function expectNoFormula(table: string): void {
  for (const separator of [',', ';', '\t']) {
    for (const cell of cellsOf(table, separator).flat()) {
      if (Number.isFinite(Number(cell))) continue;
      expect(cell).not.toMatch(/^["\s]*[=+\-@＝＋－＠]/u);
    }
  }
}

/** A model whose first task, and one of its labels, have that name. */
function modelOf(name: string): TrainedModel {
  const { model, ...rest } = tinyModel();
  const [first, second] = model.heads;
  const own = { ...model, heads: [{ ...first!, task: name }, second!] };
  const labels = { [name]: sortedUnique(['anger', 'joy', name]), gender: ['female', 'male'] };
  return { ...rest, model: own, labels, parameters: initialParameters(own, 3) };
}

const entryOf = (task: string): EpochLog => ({
  ...{ epoch: 1, step: 5, seconds: 1, learningRate: 1, gradientNorm: 1, framesPerSecond: 1 },
  train: { total: 1, tasks: { [task]: 0.5 } },
  best: true,
});

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** As UTF-8 can hold it. */
const whole = (name: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(utf8(name));

keepCounts('tables', [
  ...['results as CSV', 'results as lines of JSON', 'results as JSON of the page', 'manifest'],
  ...['log.csv', 'TensorBoard', 'model folder', 'ONNX', 'names of saved files'],
]);

describe.each(casesOf(allNames))('the %s name %s', (_kind, _shown, name) => {
  it('comes back from results as CSV and JSON, and nothing runs it', () => {
    const scores = { [name]: 0.75, anger: 0.25 };
    const row = rowOf(name, {
      tasks: { [name]: { label: name, scores } },
      seconds: 1,
      attention: new Float32Array(0),
    });
    const columns = columnsOf([modelOf(name)]);
    const format = csvFormat(columns);
    const table = format.head + format.textOf([row]);
    expectNoFormula(table);
    const [head = [], ...records] = cellsOf(table, ',');
    expect(head).toHaveLength(columns.length);
    expect(records.map((cells) => cells.length)).toEqual([columns.length]);
    expect(head.map(textOfCell)).toContain(`${name}_${name}`);
    expect(records[0]?.slice(0, 2).map(textOfCell)).toEqual([name, name]);
    const [line = ''] = [format.textOf([row])];
    expect(format.read(utf8(line), 'x').path).toBe(whole(name));
    const json = jsonLines.textOf([row]);
    expect(json.trimEnd()).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
    for (const text of [json, rowsJson([row]).slice(1, -2)]) {
      const read = JSON.parse(text) as typeof row;
      expect(read.path).toBe(name);
      expect(read[name]).toEqual({ label: name, scores });
    }
  });

  it('comes back from a manifest', async () => {
    const files = new MemoryFiles();
    const isPath = !/[\p{Cc}/]/u.test(name) && name.length < 1000;
    const path = isPath ? `rec/${name}.wav` : 'rec/a.wav';
    await files.write(path, 'sound');
    const labels = { emotion: name, speaker: name };
    await writeManifest(files, 'm.csv', [{ path, labels, values: { valence: -0.5 } }]);
    const text = new TextDecoder().decode(await files.read('m.csv'));
    expectNoFormula(text);
    expect(text).toMatch(/,-0\.5\n$/);
    expect(separatorOf(text)).toBe(',');
    const { utterances } = await readManifest(files, 'm.csv', { regression: ['valence'] });
    const trimmed = name.trim();
    expect(utterances).toEqual([
      { path, labels: { emotion: trimmed, speaker: trimmed }, values: { valence: -0.5 } },
    ]);
    const { recordings } = await readRecordingList(files, 'm.csv');
    expect(recordings).toEqual([{ path, speaker: trimmed }]);
  });

  it('comes back from the logs', () => {
    const table = logCsv([entryOf(name)], [name]);
    expectNoFormula(table);
    const [head = [], cells = []] = cellsOf(table, ',');
    expect(cells).toHaveLength(head.length);
    expect(cells[head.map(textOfCell).indexOf(`train/loss/${name}`)]).toBe('0.5');
    const [, event] = readEvents(eventFile([entryOf(name)], [name], 0));
    expect(event?.scalars[`train/loss/${whole(name)}`]).toBe(0.5);
  });

  it('comes back from a model folder and an ONNX file', async () => {
    const files = new MemoryFiles();
    const trained = modelOf(name);
    await writeModel(files, 'm', trained);
    const { labels, model } = await readModel(files, 'm');
    expect(labels).toEqual(trained.labels);
    expect(model.heads[0]?.task).toBe(name);
    const { bytes, outputs } = exportOnnx(trained);
    expect(outputs.map((output) => output.name)).toContain(name);
    const kept = metadataOf(bytes)['alstm.labels_json'] ?? '';
    expect(JSON.parse(kept)).toEqual(trained.labels);
  });

  it('names a file that any system takes', () => {
    for (const path of [name, `calls/${name}.wav`]) {
      const file = savedName(path, 'csv');
      expect(file).toMatch(/^[^\p{Cc}<>:"/\\|?*\u202a-\u202e\u2066-\u2069]{1,80}\.csv$/u);
      expect(file).not.toMatch(/^[.\s]|[.\s]\.csv$/);
    }
  });
});

/** Texts beside the graph: field 14 of a model, keys 1, values 2. */
function metadataOf(bytes: Uint8Array): Record<string, string> {
  const found: Record<string, string> = {};
  new PbfReader(bytes).readFields((field, _, file) => {
    if (field !== 14) return;
    const entry = file.readMessage<string[]>((tag, texts, own) => {
      texts[tag] = own.readString();
    }, []);
    found[entry[1] ?? ''] = entry[2] ?? '';
  }, undefined);
  return found;
}

it('tells a formula, also after a semicolon', () => {
  for (const table of ['=1,a\n', 'a,b;=1\n', 'a,"b;=1"\n', 'a,"=1"\n', 'a, "=1"\n', 'a\n@x\n']) {
    expect(() => expectNoFormula(table)).toThrow();
  }
  expectNoFormula('a=b,-1.5\n');
});
