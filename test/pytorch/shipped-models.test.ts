/** Models that come along, and one in half precision whatever comes along: PyTorch gives the numbers of the predictor. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concatenate } from '../../src/core/concatenate.js';
import { writeSafetensors } from '../../src/core/safetensors.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { readModel, writeModel, type TrainedModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { readyRows } from '../support/ready-rows.js';
import { shippedModels } from '../support/shipped-models.js';
import { answersOf, titleOf, withTorch } from './python.js';

const TOLERANCE = 1e-4;

/** What predict.py says of a model. */
interface Answer {
  readonly license: string | null;
  readonly confidence: object;
  readonly labels: object;
  readonly probabilities: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const files = new NodeFiles();
/** Whatever comes along: one with weights in half precision, a licence and a threshold. */
const HALF = 'half';
const half: TrainedModel = {
  ...tinyModel(),
  license: 'CC-BY-NC-SA-4.0',
  confidence: {
    emotion: { threshold: 0.5, measured: [{ recordings: 1, coverage: 0.5, accuracy: 1 }] },
  },
};

describe.skipIf(!withTorch)(titleOf('alstm_torch'), () => {
  let folder: string;
  const models = [...shippedModels.keys(), HALF];
  const pathOf = (name: string): string => shippedModels.get(name) ?? join(folder, name);
  let engine: Engine;
  let answers: Readonly<Record<'library' | 'own', readonly Answer[]>>;
  const inputOf = (i: number): string => join(folder, `${i}.safetensors`);

  beforeAll(async () => {
    engine = await openEngine({ adapter: testAdapter() });
    folder = await mkdtemp(join(tmpdir(), 'alstm-torch-'));
    await writeModel(files, pathOf(HALF), half, { precision: 'f16' });
    for (const [i, name] of models.entries()) {
      const trained = await readModel(files, pathOf(name));
      const { dimensions: F } = trained.featureSet ?? defaultFeatureSet;
      const { features, functionals } = await readyRows(trained);
      const matrices = features.map(
        (data, b) => [`features/${b}`, { shape: [data.length / F, F], data }] as const,
      );
      const data = concatenate(Float32Array, functionals ?? []);
      const beside = functionals && {
        functionals: { shape: [functionals.length, 8 * F + 1], data },
      };
      const tensors = { ...Object.fromEntries(matrices), ...beside };
      await files.write(inputOf(i), writeSafetensors(tensors));
    }
    const script = join(import.meta.dirname, 'predict.py');
    const pairs = models.flatMap((name, i) => [pathOf(name), inputOf(i)]);
    answers = (await answersOf([script, ...pairs])) as typeof answers;
  }, 120_000);
  afterAll(async () => {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(models.map((name, i) => [name, i] as const))(
    'gives the probabilities of %s, with and without the package safetensors',
    async (name, i) => {
      const trained = await readModel(files, pathOf(name));
      const { features, functionals } = await readyRows(trained);
      const predictor = new Predictor(engine, trained);
      const own = await predictor.predictFeatures(features, { normalised: true, functionals });
      predictor.destroy();
      for (const answer of [answers.library[i]!, answers.own[i]!]) {
        const { license, confidence, labels } = trained;
        expect(answer).toMatchObject({ license, confidence, labels });
        own.forEach(({ tasks }, b) => {
          for (const [task, { scores }] of Object.entries(tasks)) {
            const found = answer.probabilities[task]?.[b] ?? [];
            const errors = Object.values(scores).map((x, c) => Math.abs(x - (found[c] ?? NaN)));
            expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
          }
        });
      }
    },
  );
});
