import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isRegression, outputsOf } from '../../src/core/heads.js';
import { parseJson } from '../../src/core/json.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { relativeError, type HostTensor } from '../../src/core/tensor.js';
import { networkGraph } from '../../src/export/network.js';
import { encodeModel } from '../../src/onnx/file.js';
import { parseModelConfig } from '../../src/network/model-config.js';
import { ONNX_RUNTIMES, openOnnx, type OnnxBatch } from './run-onnx.js';
import { softmax } from './twin.js';

const folder = fileURLToPath(new URL('../fixtures/network/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
/** SPEC has 1e-4; what is seen is below 1e-6. */
const TOLERANCE = 1e-5;

function read(name: string) {
  const file = readSafetensors(readFileSync(folder + name), { source: name });
  const tensor = (key: string): HostTensor => {
    const found = file.tensors.get(key);
    if (found?.dtype !== 'F32' && found?.dtype !== 'I32') throw new Error(`${name}: no ${key}`);
    return found;
  };
  const model = parseModelConfig(parseJson(file.metadata['config'] ?? '', name), name);
  const keys = [...file.tensors.keys()].filter((key) => key.startsWith('param/'));
  const parameters = Object.fromEntries(keys.map((k) => [k.slice('param/'.length), tensor(k)]));
  const { data, shape } = tensor('input/features');
  const [B = 0, T = 0, F = 0] = shape;
  const batch: OnnxBatch = {
    features: Float32Array.from(data),
    shape: [B, T, F],
    lengths: [...tensor('input/lengths').data],
    ...(file.tensors.has('input/functionals') && {
      functionals: Float32Array.from(tensor('input/functionals').data),
    }),
  };
  const producer = { name: 'test', version: '0' };
  const bytes = encodeModel({ graph: networkGraph(model, parameters), producer, metadata: {} });
  return { model, tensor, batch, bytes };
}

it('all network fixtures are here', () => expect(names).toHaveLength(46));

describe.each(ONNX_RUNTIMES)('fixtures of the oracle, exported and run by %s', (runtime) => {
  it.for(names)('%s', async (name) => {
    const { model, tensor, batch, bytes } = read(name);
    expect(new Set(batch.lengths).size).toBeGreaterThan(1); // ragged
    const outputs = await (await openOnnx(bytes, runtime))(batch);
    const tasks = model.heads.map(({ task }) => task);
    expect(Object.keys(outputs).sort()).toEqual(['attention', ...tasks].sort());
    const [B, T] = batch.shape;
    for (const head of model.heads) {
      const { task } = head;
      const classes = outputsOf(head);
      expect(outputs[task]?.shape).toEqual([B, classes]);
      const logits = tensor(`expect/logits/${task}`).data;
      const row = (b: number) => {
        const own = logits.subarray(b * classes, (b + 1) * classes);
        return isRegression(head) ? own : softmax(own);
      };
      const expected = Array.from({ length: B }, (_, b) => [...row(b)]).flat();
      expect(relativeError(outputs[task]?.data ?? [], expected)).toBeLessThan(TOLERANCE);
    }
    const weights = tensor('expect/pooling/weights');
    expect(outputs['attention']?.shape).toEqual([B, T]);
    expect(relativeError(outputs['attention']?.data ?? [], weights.data)).toBeLessThan(TOLERANCE);
  });
});
