/** Models that come along, as ONNX files: the numbers of the predictor, and the model's own terms. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../../src/export/onnx.js';
import { metadataOf } from '../../src/export/metadata.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { readModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { testAdapter } from '../support/gpu.js';
import { readyRows } from '../support/ready-rows.js';
import { shippedModels } from '../support/shipped-models.js';
import { ONNX_RUNTIMES, openOnnx } from './run-onnx.js';

const TOLERANCE = 1e-4;

describe.skipIf(shippedModels.size === 0)('a model that comes along', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ adapter: testAdapter() });
  });
  afterAll(() => engine.close());

  it.each([...shippedModels])('%s gives the same probabilities in ONNX', async (_, folder) => {
    const trained = await readModel(new NodeFiles(), folder);
    const { dimensions: F } = trained.featureSet ?? defaultFeatureSet;
    const { features, functionals } = await readyRows(trained);
    const predictor = new Predictor(engine, trained);
    const own = await predictor.predictFeatures(features, { normalised: true, functionals });
    predictor.destroy();

    const lengths = features.map((matrix) => matrix.length / F);
    expect(new Set(lengths).size).toBe(lengths.length); // ragged
    const frames = Math.max(...lengths);
    const padded = new Float32Array(lengths.length * frames * F);
    features.forEach((matrix, b) => padded.set(matrix, b * frames * F));
    const whole = new Float32Array((functionals ?? []).flatMap((values) => [...values]));
    const batch = {
      ...{ features: padded, lengths, shape: [lengths.length, frames, F] as const },
      ...(functionals && { functionals: whole }),
    };
    const { bytes } = exportOnnx(trained);
    for (const runtime of ONNX_RUNTIMES) {
      const outputs = await (await openOnnx(bytes, runtime))(batch);
      own.forEach(({ tasks, attention }, b) => {
        for (const [task, { scores }] of Object.entries(tasks)) {
          const values = Object.values(scores);
          const found = outputs[task]?.data.subarray(b * values.length, (b + 1) * values.length);
          expect(farthest(values, found)).toBeLessThan(TOLERANCE);
        }
        const at = b * frames;
        const weights = outputs['attention']?.data.subarray(at, at + attention.length);
        expect(farthest(attention, weights)).toBeLessThan(TOLERANCE);
      });
    }
  });

  it.each([...shippedModels])('%s carries its licence and threshold there', async (_, folder) => {
    const trained = await readModel(new NodeFiles(), folder);
    const metadata = metadataOf(trained);
    expect(trained.license).toBeDefined();
    expect(metadata['alstm.license']).toBe(trained.license);
    expect(JSON.parse(metadata['alstm.confidence_json'] ?? '')).toEqual(trained.confidence);
  });
});

/** The largest difference between numbers; NaN if there are not as many. */
function farthest(a: ArrayLike<number>, b: ArrayLike<number> = []): number {
  if (a.length !== b.length) return NaN;
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));
}
