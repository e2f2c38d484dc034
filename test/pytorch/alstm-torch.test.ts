import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concatenate } from '../../src/core/concatenate.js';
import type { LayerConfig, ModelConfig } from '../../src/core/config.js';
import { writeSafetensors } from '../../src/core/safetensors.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import type { Engine } from '../../src/gpu/engine.js';
import { readModel, type TrainedModel, writeModel } from '../../src/model/folder.js';
import { Predictor } from '../../src/inference/predictor.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { tinyModel } from '../model/tiny-model.js';
import { randomParameters } from '../support/network.js';
import { testAdapter } from '../support/gpu.js';
import { answersOf, titleOf, withTorch } from './python.js';

/** A layer of torch, what it gave, and the parameters that its weights became. */
interface Layer {
  readonly error: number;
  readonly batch: number[][][];
  readonly means: number[][];
  readonly config: ModelConfig;
  readonly tensors: Readonly<Record<string, number[] | number[][]>>;
}

/** A torch layer of num_layers=2 behind a dense one, as alstm-model-2. */
interface Stacked {
  readonly error: number;
  readonly reloaded_error: number;
  readonly format: string;
  readonly batch: number[][][];
  readonly means: number[][];
}

/** What check.py answers; `stored.json` has some of it as it once was. */
interface Answers {
  readonly fixtures: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, number>>;
  readonly model: {
    readonly probabilities: Readonly<Record<string, number[][]>>;
    readonly attention: number[][];
  };
  readonly layers: Readonly<Record<'lstm' | 'gru', Layer>>;
  readonly layered: { readonly logits: number[][]; readonly attention: number[][] };
  readonly stacked: Readonly<Record<'lstm' | 'gru', Stacked>>;
  readonly refusals: readonly string[];
}

const model = tinyModel();
const matrices = [23, 1, 11].map((frames, b) =>
  Float32Array.from({ length: frames * 36 }, (_, i) => Math.sin(0.37 * i + b + (i % 7))),
);

/** The tiny model's heads on layers of every kind, pooled deviations and functionals. */
const layered: TrainedModel = (() => {
  const { features, heads, dropout } = model.model;
  const cell = {
    kind: 'recurrent',
    units: 4,
    bidirectional: true,
    offsets: [2, 1],
    period: 2,
  } as const;
  const layers: readonly LayerConfig[] = [
    { kind: 'subsample', by: 3, how: 'concatenate' },
    { kind: 'dense', units: 7 },
    { ...cell, cell: 'a-lstm' },
    { kind: 'subsample', by: 2, how: 'mean' },
    { ...cell, cell: 'a-gru' },
  ];
  const branch = {
    pooling: 'attention+deviation',
    functionals: { units: 5, scope: 'frames' },
  } as const;
  const config: ModelConfig = { features, layers, ...branch, heads, dropout };
  return { ...model, model: config, parameters: randomParameters(config) };
})();

const stored = JSON.parse(await readFile(new URL('stored.json', import.meta.url), 'utf8')) as Pick<
  Answers,
  'model' | 'layers'
>;

function expectClose(got: Iterable<number>, expected: readonly number[]): void {
  const values = [...got];
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
}

describe('values stored from PyTorch', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ adapter: testAdapter() });
  }, 120_000);
  afterAll(() => engine.close());

  it('of a model are those of the predictor', async () => {
    const predictor = new Predictor(engine, model);
    const found = await predictor.predictFeatures(matrices, { normalised: true });
    predictor.destroy();
    found.forEach(({ tasks, attention }, b) => {
      expectClose(attention, stored.model.attention[b] ?? []);
      for (const [task, { scores }] of Object.entries(tasks)) {
        expectClose(Object.values(scores), stored.model.probabilities[task]?.[b] ?? []);
      }
    });
  });

  it.each(['lstm', 'gru'] as const)(
    'of a torch layer are those of our %s with its weights',
    async (cell) => {
      const { batch, means, config, tensors } = stored.layers[cell];
      const parameters = Object.fromEntries(
        Object.entries(tensors).map(([name, rows]) => {
          const [first] = rows;
          const shape = Array.isArray(first) ? [rows.length, first.length] : [rows.length];
          return [name, { shape, data: Float32Array.from(rows.flat()) }];
        }),
      );
      const session = InferenceSession.create(engine, config, { parameters });
      const { logits } = await session.predict({
        features: Float32Array.from(batch.flat(2)),
        lengths: Int32Array.from(batch, ({ length }) => length),
      });
      session.destroy();
      expectClose(logits['emotion'] ?? [], means.flat());
    },
  );
});

describe.skipIf(!withTorch)(titleOf('alstm_torch'), () => {
  const files = new NodeFiles();
  let folder: string;
  let answers: Answers;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-torch-'));
    await writeModel(files, join(folder, 'model'), model);
    await writeModel(files, join(folder, 'layered'), layered);
    const tensors = matrices.map(
      (data, b) => [`${b}`, { shape: [data.length / 36, 36], data }] as const,
    );
    const features = join(folder, 'features.safetensors');
    await files.write(features, writeSafetensors(Object.fromEntries(tensors)));
    const script = join(import.meta.dirname, 'check.py');
    const fixtures = join(import.meta.dirname, '..', 'fixtures', 'network');
    const args = [script, fixtures, join(folder, 'model'), features, folder];
    answers = (await answersOf(args)) as Answers;
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives the outputs and gradients of the network fixtures', () => {
    const errors = Object.entries(answers.fixtures);
    expect(errors).toHaveLength(46);
    expect(errors.filter(([, error]) => !(error < 1e-4))).toEqual([]);
    expect(Math.max(...Object.values(answers.gradients))).toBeLessThan(1e-3);
  });

  it('writes folders that alstm reads, the same model', async () => {
    for (const copy of ['copy', 'own']) {
      const read = await readModel(files, join(folder, copy));
      expect(read).toEqual(model);
    }
    expect(await readModel(files, join(folder, 'layered_copy'))).toEqual(layered);
  });

  it('imports torch.nn.LSTM and torch.nn.GRU', () => {
    for (const { error } of Object.values(answers.layers)) expect(error).toBeLessThan(1e-6);
  });

  it.each(['lstm', 'gru'] as const)(
    'imports a stacked %s, which alstm reads from its folder and computes alike',
    async (cell) => {
      const { error, reloaded_error, format, batch, means } = answers.stacked[cell];
      expect(Math.max(error, reloaded_error)).toBeLessThan(1e-6);
      expect(format).toBe('alstm-model-2');
      const read = await readModel(files, join(folder, `stacked_${cell}`));
      const engine = await openEngine({ adapter: testAdapter() });
      try {
        const session = InferenceSession.create(engine, read.model, read);
        const { logits } = await session.predict({
          features: Float32Array.from(batch.flat(2)),
          lengths: Int32Array.from(batch, ({ length }) => length),
        });
        expectClose(logits['emotion'] ?? [], means.flat());
      } finally {
        engine.close();
      }
    },
  );

  it('reads a subsampled, stacked model that alstm has written, and computes alike', async () => {
    const engine = await openEngine({ adapter: testAdapter() });
    try {
      const session = InferenceSession.create(engine, layered.model, layered);
      const { logits, attention } = await session.predict({
        features: concatenate(Float32Array, matrices),
        lengths: Int32Array.from(matrices, ({ length }) => length / 36),
      });
      expectClose(logits['emotion'] ?? [], answers.layered.logits.flat());
      attention.forEach((weights, b) => expectClose(weights, answers.layered.attention[b] ?? []));
    } finally {
      engine.close();
    }
  });

  it('still says what is stored', () => {
    const { probabilities, attention } = answers.model;
    expectClose(attention.flat(), stored.model.attention.flat());
    for (const [task, rows] of Object.entries(stored.model.probabilities)) {
      expectClose(probabilities[task]?.flat() ?? [], rows.flat());
    }
    for (const cell of ['lstm', 'gru'] as const) {
      const { tensors } = answers.layers[cell];
      const known = stored.layers[cell].tensors;
      expect(Object.keys(tensors)).toEqual(Object.keys(known));
      for (const [name, rows] of Object.entries(known)) {
        expectClose(tensors[name]?.flat() ?? [], rows.flat());
      }
    }
  });

  it('refuses what cannot be, and says what', () => {
    expect(answers.refusals).toEqual([
      "tensor 'pooling.attention' has shape [7], want [8]",
      "tensor 'pooling.attention' holds a value that is not finite",
      "tensor 'pooling.attention' is missing",
      'utterance 0 has shape [0, 36], want [T, 36] with at least one frame',
      'functionals are [1, 289], want none',
      'a torch.nn.LSTM with num_layers=2 becomes as many layers: give at, the index of the first in the ' +
        "model's layers",
      "cell is 'a-lstm', want for a GRU one of gru, a-gru",
    ]);
  });
});
