import { describe, expect, it, test } from 'vitest';
import type { TwoLayerModelConfig } from '../../src/core/config.js';
import { ConfigError } from '../../src/core/errors.js';
import { relativeError } from '../../src/core/tensor.js';
import { networkGraph } from '../../src/export/network.js';
import { encodeModel } from '../../src/onnx/file.js';
import type { Parameters } from '../../src/onnx/weights.js';
import { Draw } from '../support/kernel.js';
import { randomParameters, tinyModel } from '../support/network.js';
import { drawCell, pick } from '../support/recurrence.js';
import { openOnnx, type OnnxBatch } from './run-onnx.js';
import { networkTwin } from './twin.js';

const F = tinyModel().features;

function encode(model: TwoLayerModelConfig, parameters: Parameters): Uint8Array {
  const graph = networkGraph(model, parameters);
  return encodeModel({ graph, producer: { name: 'test', version: '0' }, metadata: {} });
}

/** Utterances of random features, [T, F] each. */
function utterances(lengths: readonly number[], name = 'utterances'): Float32Array[] {
  const draw = new Draw(name);
  return lengths.map((length) => draw.values(length * F));
}

/** One row an utterance, `padding` after them up to `frames`. */
function padded(
  rows: readonly Float32Array[],
  { padding = 0, frames = Math.max(...rows.map((row) => row.length / F)) } = {},
): OnnxBatch {
  const features = new Float32Array(rows.length * frames * F).fill(padding);
  rows.forEach((row, b) => features.set(row, b * frames * F));
  return {
    features,
    shape: [rows.length, frames, F],
    lengths: rows.map((row) => row.length / F),
  };
}

/** Runs a batch and compares every row of every output with the twin's. */
async function expectTwin(model: TwoLayerModelConfig, rows: readonly Float32Array[], name: string) {
  const parameters = randomParameters(model, name);
  const batch = padded(rows);
  const outputs = await (await openOnnx(encode(model, parameters)))(batch);
  const worst = rows.map((row, b) => {
    const expected = networkTwin(model, parameters, row, row.length / F);
    const errors = Object.entries(expected).map(([output, values]) => {
      const { data, shape } = outputs[output] ?? { data: new Float32Array(), shape: [0, 0] };
      const width = shape[1] ?? 0;
      const whole = new Float64Array(width); // 0 past the row's length
      whole.set(values);
      return relativeError(data.subarray(b * width, (b + 1) * width), whole);
    });
    return Math.max(...errors);
  });
  expect(Math.max(...worst)).toBeLessThan(1e-5);
}

const one: TwoLayerModelConfig['recurrent'] = {
  cell: 'a-lstm',
  units: 4,
  bidirectional: true,
  offsets: [5, 3, 1],
  period: 1,
};

describe('an exported network computes what its f64 twin does', () => {
  it.for(Array.from({ length: 10 }, (_, i) => i))('random model %d', async (i) => {
    const name = `export ${i}`;
    const draw = new Draw(name);
    const { settings, lengths } = drawCell(draw);
    const hidden = pick(draw, [0, 5]);
    const model = tinyModel({
      recurrent: { ...settings, bidirectional: settings.directions === 2 },
      pooling: pick(draw, ['attention', 'mean']),
      heads: tinyModel().heads.map((head) => ({ ...head, hidden })),
    });
    await expectTwin(model, utterances(lengths, name), name);
  });

  const cells: readonly [string, Partial<TwoLayerModelConfig['recurrent']>][] = [
    ['the present state alone', { offsets: [1] }],
    ['one state of the past', { offsets: [4] }],
    ['the present among others, first', { offsets: [1, 6, 2], period: 2 }],
    ['a mean of what there is', { cell: 'mean-lstm', offsets: [2, 7, 3] }],
    ['a period longer than any row', { period: 40 }],
    ['the one state of a GRU', { cell: 'a-gru', offsets: [4, 1], period: 2 }],
  ];
  it.for(cells)('combining %s', async ([name, changes]) => {
    const model = tinyModel({ recurrent: { ...one, ...changes } });
    await expectTwin(model, utterances([9, 1, 5]), name);
  });

  it.for([1, 2, 3])('one row of %d frames, fewer than every offset', async (frames) => {
    const model = tinyModel({ recurrent: { ...one, offsets: [6, 4] } });
    await expectTwin(model, utterances([frames]), `short ${frames}`);
  });
});

describe('what is past the length of a row', () => {
  const model = tinyModel({ recurrent: one });
  const parameters = randomParameters(model);
  const rows = utterances([7, 2, 11]);

  it.for([3e38, NaN, -Infinity])('does not count: %d', async (padding) => {
    const run = await openOnnx(encode(model, parameters));
    const outputs = await run(padded(rows));
    expect(await run(padded(rows, { padding }))).toEqual(outputs);
  });

  it('gets no attention, however far it goes', async () => {
    const run = await openOnnx(encode(model, parameters));
    const { emotion, attention } = await run(padded(rows));
    const far = await run(padded(rows, { frames: 30 }));
    expect(relativeError(far['emotion']?.data ?? [], emotion?.data ?? [])).toBeLessThan(1e-6);
    rows.forEach((row, b) => {
      const own = far['attention']?.data.subarray(b * 30, (b + 1) * 30) ?? new Float32Array();
      const length = row.length / F;
      expect(own.slice(length)).toEqual(new Float32Array(30 - length));
      const near = attention?.data.subarray(b * 11, b * 11 + length) ?? [];
      expect(relativeError(own.subarray(0, length), near)).toBeLessThan(1e-6);
    });
  });
});

test('a task that has the name of another value is refused by its name', () => {
  for (const task of ['features', 'attention', 'recurrent.output']) {
    const model = tinyModel({ heads: [{ task, classes: 2, hidden: 0, weight: 1 }] });
    const refused = () => networkGraph(model, randomParameters(model));
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(`'${task}' names two values`);
  }
});

test('a missing parameter is named', () => {
  const model = tinyModel();
  const parameters = randomParameters(model);
  delete parameters['pooling.attention'];
  expect(() => networkGraph(model, parameters)).toThrow("parameter 'pooling.attention' is missing");
});

test('equal models give equal bytes', () => {
  const model = tinyModel();
  const parameters = randomParameters(model);
  expect(encode(model, parameters)).toEqual(encode(model, parameters));
});
