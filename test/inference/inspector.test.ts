import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecurrentConfig, TwoLayerModelConfig } from '../../src/core/config.js';
import { ConfigError, FileError, UsageError } from '../../src/core/errors.js';
import { normaliseUtterance } from '../../src/features/normalise.js';
import type { Engine } from '../../src/gpu/engine.js';
import {
  Inspector,
  inspectUtterance,
  type UtteranceInspection,
} from '../../src/inference/inspector.js';
import { writeModel, type TrainedModel } from '../../src/model/folder.js';
import { Predictor } from '../../src/inference/predictor.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { mostFrames, windowsOf } from '../../src/inference/windows.js';
import { openEngine } from '../../src/platform/node/engine.js';
import type { CombinationWeights } from '../../src/report/experiment/types.js';
import { testAdapter } from '../support/gpu.js';
import { Draw } from '../support/kernel.js';
import { MemoryFiles } from '../support/memory-files.js';
import { traceTwin } from '../support/twin.js';
import { tinyModel } from '../model/tiny-model.js';

const { dimensions: F } = defaultFeatureSet;
const WINDOW_FRAMES = mostFrames(defaultFeatureSet);
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
}, 60_000);

afterAll(() => engine.close());

/** The tiny model with attention vectors and another cell. */
function modelWith(
  recurrent: Partial<RecurrentConfig> = {},
): TrainedModel & { readonly model: TwoLayerModelConfig } {
  const trained = tinyModel();
  const parameters = { ...trained.parameters };
  for (const way of ['forward', 'backward']) {
    const name = `recurrent.${way}.attention`;
    if (recurrent.cell === undefined) {
      parameters[name] = { shape: [4], data: new Draw(name).values(4, 3) };
    } else delete parameters[name];
  }
  const { model } = trained;
  return {
    ...trained,
    parameters,
    model: { ...model, recurrent: { ...model.recurrent, ...recurrent } },
  };
}

const features = (frames: number): Float32Array =>
  normaliseUtterance(new Draw(`features ${frames}`).values(frames * F));

const inspect = (trained: TrainedModel, normalised: Float32Array) =>
  inspectUtterance(engine, trained, normalised);

function expectNear(got: ArrayLike<number>, want: ArrayLike<number>, most = 1e-4) {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    expect(Math.abs((got[i] ?? NaN) - (want[i] ?? NaN))).toBeLessThan(most);
  }
}

describe('Inspector', () => {
  it('gives the combination weights and gates of the f64 twin, in the form of the report', async () => {
    const trained = modelWith();
    const normalised = features(21);
    const { combination, gates } = await inspect(trained, normalised);
    const batch = { features: normalised, lengths: Int32Array.of(21) };
    const [want] = traceTwin(trained.model, trained.parameters, batch);
    const reported: readonly CombinationWeights[] = combination ?? [];
    expect(reported.map(({ direction }) => direction)).toEqual(['forward', 'backward']);
    expect(gates.map(({ direction }) => direction)).toEqual(['forward', 'backward']);
    expect(gates[0]?.names).toEqual(['input', 'forget', 'candidate', 'output']);
    expect(want).toHaveLength(2); // directions
    want?.forEach((trace, d) => {
      const own = reported[d];
      expect(own?.offsets).toEqual([2, 1]);
      expect(own?.frames).toEqual(trace.frames);
      expect(own?.frames).toHaveLength(10); // every other of 21
      expectNear(own?.cell?.flat() ?? [], trace.cell ?? [NaN]);
      expectNear(own?.output.flat() ?? [], trace.output);
      for (const row of [...(own?.cell ?? []), ...(own?.output ?? [])]) {
        expect(row).toHaveLength(2);
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      }
      expectNear(gates[d]?.means ?? [], trace.gates);
    });
  });

  it.each([21, WINDOW_FRAMES + 11])('says what Predictor says of %i frames', async (frames) => {
    const trained = modelWith();
    const normalised = features(frames);
    const predictor = new Predictor(engine, trained);
    const [prediction] = await predictor.predictFeatures([normalised], { normalised: true });
    predictor.destroy();
    const { scores, attention } = await inspect(trained, normalised);
    expect(Object.keys(scores)).toEqual(Object.keys(prediction?.tasks ?? {}));
    for (const [task, own] of Object.entries(scores)) {
      const want = prediction?.tasks[task]?.scores ?? {};
      expect(Object.keys(own)).toEqual(Object.keys(want));
      expectNear(Object.values(own), Object.values(want), 1e-6);
    }
    expectNear(attention, prediction?.attention ?? [], 1e-6);
  });

  it('takes a long recording in windows, each of which starts anew', async () => {
    const frames = WINDOW_FRAMES + 11;
    const { combination = [], gates } = await inspect(modelWith(), features(frames));
    const windows = windowsOf(0, frames, defaultFeatureSet);
    expect(windows).toHaveLength(2);
    const steps = (length: number) => [...Array(length).keys()].filter((s) => s % 2 === 1);
    expect(combination[0]?.frames).toEqual(
      windows.flatMap(({ first, frames: n }) => steps(n).map((s) => first + s)),
    );
    expect(combination[1]?.frames).toEqual(
      windows.flatMap(({ first, frames: n }) =>
        steps(n)
          .map((s) => first + n - 1 - s)
          .reverse(),
      ),
    );
    expect(combination[1]?.cell).toHaveLength(combination[1]?.frames.length ?? 0);
    expect(gates[0]?.means).toHaveLength(4 * frames);
    expect(gates[0]?.means.every((mean) => mean > 0 && mean < 1)).toBe(true);
  });

  it('gives equal weights of a mean LSTM, none of a plain one', async () => {
    const mean = await inspect(modelWith({ cell: 'mean-lstm' }), features(5));
    expect(mean.combination?.map(({ cell }) => cell)).toEqual(
      [0, 1].map(() => [0, 1].map(() => [0.5, 0.5])),
    );
    const plain = await inspect(modelWith({ cell: 'lstm' }), features(5));
    expect(plain.combination).toBeUndefined();
    expect(plain.gates.map(({ means }) => means.length)).toEqual([20, 20]);
  });

  it('takes calls at the same time, from a model folder', async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'm', modelWith());
    const inspector = await Inspector.load(engine, files, 'm');
    const utterances = [40, 1, 17].map(features);
    const together = await Promise.all(utterances.map((one) => inspector.inspect(one)));
    const alone: UtteranceInspection[] = [];
    for (const one of utterances) alone.push(await inspector.inspect(one));
    expect(together).toEqual(alone);
    inspector.destroy();
    await expect(Inspector.load(engine, files, 'elsewhere')).rejects.toThrow(FileError);
  });

  it('refuses features that are not whole frames of finite numbers, and answers that are not', async () => {
    const trained = modelWith();
    await expect(inspect(trained, new Float32Array(0))).rejects.toThrow(UsageError);
    await expect(inspect(trained, new Float32Array(F + 1))).rejects.toThrow(/are 37 values/);
    const holed = features(3);
    holed[F + 2] = NaN;
    await expect(inspect(trained, holed)).rejects.toThrow(/hold NaN at frame 1/);
    const bias = trained.parameters['heads.emotion.output.bias'];
    if (!bias) throw new Error('no bias');
    const parameters = {
      ...trained.parameters,
      'heads.emotion.output.bias': { ...bias, data: bias.data.map(() => NaN) },
    };
    await expect(inspect({ ...trained, parameters }, features(3))).rejects.toThrow(ConfigError);
  });
});
