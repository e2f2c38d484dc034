import { PbfReader } from 'pbf';
import { expect, test } from 'vitest';
import type { Normalisation } from '../../src/features/normalise.js';
import { writeModel } from '../../src/model/folder.js';
import { alstmHere, errorOf } from '../cli/run-cli.js';
import { tinyModel } from '../model/tiny-model.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import { openOnnx } from './run-onnx.js';
import { networkTwin } from './twin.js';

/** Files with a model in the folder `model`. */
async function withModel(normalisation: Normalisation = { scope: 'utterance' }) {
  const files = new MemoryFiles();
  await writeModel(files, 'model', { ...tinyModel(), normalisation });
  return files;
}

const exportTo = (files: MemoryFiles, onnx: string, ...rest: string[]) =>
  alstmHere(['export', 'model', '--onnx', onnx, ...rest], { files });

/** The texts beside the graph: field 14 of a model, keys 1, values 2. */
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

test('a model goes into a file that ONNX Runtime runs, and says what it takes', async () => {
  const files = await withModel();
  const ended = await exportTo(files, 'out/first.onnx', '--json');
  expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
  const bytes = await files.read('out/first.onnx');
  expect(JSON.parse(ended.stdout)).toEqual({
    path: 'out/first.onnx',
    bytes: bytes.length,
    opset: 17,
    normalisation: 'utterance',
    inputs: [
      { name: 'features', type: 'float32', shape: ['batch', 'frames', 36] },
      { name: 'lengths', type: 'int64', shape: ['batch'] },
    ],
    outputs: [
      { name: 'attention', type: 'float32', shape: ['batch', 'frames'] },
      { name: 'emotion', type: 'float32', shape: ['batch', 3] },
      { name: 'gender', type: 'float32', shape: ['batch', 2] },
    ],
  });
  const { model, parameters } = tinyModel();
  const features = Float32Array.from({ length: 4 * 36 }, (_, i) => Math.sin(i * i));
  const outputs = await (await openOnnx(bytes))({ features, shape: [1, 4, 36], lengths: [4] });
  for (const [name, values] of Object.entries(networkTwin(model, parameters, features, 4))) {
    values.forEach((value, i) => expect(outputs[name]?.data[i]).toBeCloseTo(value, 5));
  }
});

test('the file carries labels, model, features and provenance', async () => {
  const files = await withModel();
  await exportTo(files, 'first.onnx');
  const metadata = metadataOf(await files.read('first.onnx'));
  const { model, labels, provenance } = tinyModel();
  const json = (key: string) => JSON.parse(metadata[`alstm.${key}_json`] ?? '') as unknown;
  expect(json('labels')).toEqual(labels);
  expect(json('model')).toEqual(model);
  expect(json('provenance')).toEqual(provenance);
  const settings = { rate: 16000, window: 400, hop: 160, normalisation: 'utterance' };
  expect(json('features')).toEqual(settings);
  expect(json('feature_names')).toHaveLength(36);
  expect(metadata['alstm.normalisation']).toMatch(/over the frames of the recording/);
});

test('a model with the numbers of its training set hands them on', async () => {
  const statistics = {
    mean: Array.from({ length: 36 }, (_, i) => i / 3),
    deviation: Array.from({ length: 36 }, (_, i) => i / 7),
  };
  const files = await withModel({ scope: 'training', statistics });
  await exportTo(files, 'first.onnx');
  const metadata = metadataOf(await files.read('first.onnx'));
  expect(JSON.parse(metadata['alstm.features_json'] ?? '')).toMatchObject({ statistics });
  expect(metadata['alstm.normalisation']).toMatch(/statistics in alstm\.features_json/);
});

test('a model that normalises by speaker is exported with a warning', async () => {
  const files = await withModel({ scope: 'speaker' });
  const ended = await exportTo(files, 'first.onnx');
  expect(ended.status).toBe(0);
  expect(ended.stderr).toMatch(
    /^warning: model normalises features over the recordings of a speaker/,
  );
  const metadata = metadataOf(await files.read('first.onnx'));
  expect(metadata['alstm.normalisation']).toMatch(/all recordings of its speaker/);
});

test('where there is no model, one error says so and nothing is written', async () => {
  const files = new MemoryFiles({ 'other/notes.txt': 'no model' });
  for (const [folder, message] of [
    ['other', 'there is no model in other'],
    ['absent', 'there is no absent'],
  ] as const) {
    const ended = await alstmHere(['export', folder, '--onnx', 'out/first.onnx'], { files });
    expect(ended.status).toBe(1);
    expect(ended.stdout).toBe('');
    const error = errorOf(ended);
    expect(error.message).toBe(message);
    expect(error.hint).toMatch(/^Give a model folder/);
  }
  expect(files.paths()).toEqual(['other/notes.txt']);
});

test('a full disk leaves no file, and an older one as it was', async () => {
  const files = await withModel();
  await files.write('first.onnx', 'older');
  files.failOn((op, path) => (op === 'write' ? diskFull(path) : undefined));
  const ended = await exportTo(files, 'first.onnx');
  expect(ended.status).toBe(1);
  expect(errorOf(ended).message).toBe('cannot write first.onnx: the disk is full');
  expect(new TextDecoder().decode(await files.read('first.onnx'))).toBe('older');
});

test("a name that does not end in .onnx is wrong usage: the model's own files are safe", async () => {
  const files = await withModel();
  const before = await files.read('model/model.safetensors');
  const ended = await exportTo(files, 'model/model.safetensors');
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(/Give a file name that ends in \.onnx/);
  expect(await files.read('model/model.safetensors')).toEqual(before);
  expect((await alstmHere(['export', 'model'], { files })).status).toBe(2);
});
