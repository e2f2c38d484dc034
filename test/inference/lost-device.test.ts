import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { DeviceClosedError, DeviceLostError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Inspector } from '../../src/inference/inspector.js';
import { Predictor, type PredictorOptions } from '../../src/inference/predictor.js';
import { StreamPredictor, type StreamPrediction } from '../../src/inference/stream-predictor.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { testAdapter } from '../support/gpu.js';
import { loseAfter } from '../support/lose-device.js';
import { tinyModel } from '../model/tiny-model.js';

const trained = tinyModel();
const random = new Random(1, 'matrix');
/** More windows than one batch holds. */
const matrices = Array.from({ length: 70 }, (_, i) =>
  Float32Array.from({ length: (10 + (i % 7)) * 36 }, () => random.normal()),
);
const samples = Float32Array.from({ length: 32_000 }, () => random.normal());

let first: Engine;
let opened: Engine[];
let lines: string[];

beforeAll(async () => {
  first = await openEngine({ adapter: testAdapter() });
}, 60_000);
afterEach(() => opened.forEach((engine) => engine.close()));
afterAll(() => first.close());

/** The same again, and again, where the devices that come are lost as `lose` says. */
function options(lose: (engine: Engine) => void = () => undefined): PredictorOptions {
  lines = [];
  opened = [];
  return {
    log: (line) => lines.push(line),
    reopen: async () => {
      const engine = await openEngine({ adapter: testAdapter() });
      opened.push(engine);
      lose(engine);
      return engine;
    },
  };
}

async function openLosing(submits: number): Promise<Engine> {
  const engine = await openEngine({ adapter: testAdapter() });
  opened.push(engine);
  loseAfter(engine, submits);
  return engine;
}

async function whole<T>(ask: (predictor: Predictor) => Promise<T>): Promise<T> {
  const predictor = new Predictor(first, trained);
  try {
    return await ask(predictor);
  } finally {
    predictor.destroy();
  }
}

const predictAll = (predictor: Predictor) => predictor.predictFeatures(matrices);

it('predicts on a new device what it would have predicted, to the same bits', async () => {
  const expected = await whole(predictAll);
  // in a batch, and in its readback
  for (const submits of [1, 2]) {
    const again = options();
    const predictor = new Predictor(await openLosing(submits), trained, again);
    expect(await predictAll(predictor)).toEqual(expected);
    expect(opened).toHaveLength(2);
    expect(lines).toEqual([
      expect.stringMatching(
        /^the GPU device was lost: .+: computing the batch again on a new device$/,
      ),
    ]);
    expect(await predictAll(predictor)).toEqual(expected);
    expect(opened).toHaveLength(2);
    predictor.destroy();
  }
});

it('predicts where the device was lost before, or while kernels compile', async () => {
  const expected = await whole(predictAll);
  for (const when of ['before', 'compiling'] as const) {
    const again = options();
    const engine = await openLosing(Infinity);
    const predictor = new Predictor(engine, trained, again);
    if (when === 'before') engine.gpu.device.destroy();
    const predicting = predictAll(predictor);
    if (when === 'compiling') setImmediate(() => engine.gpu.device.destroy());
    expect(await predicting).toEqual(expected);
    expect(lines).toHaveLength(1);
    predictor.destroy();
  }
});

it('counts losses anew once there was an answer', async () => {
  const expected = await whole(predictAll);
  let devices = 0;
  // each device answers one batch and is lost in the next
  const again = options((engine) => loseAfter(engine, ++devices > 2 ? Infinity : 3));
  const predictor = new Predictor(await openLosing(3), trained, again);
  for (let i = 0; i < 2; i++) expect(await predictAll(predictor)).toEqual(expected);
  expect(lines.length).toBe(3);
  predictor.destroy();
});

it('is given up after three losses without an answer, and without a way to another device', async () => {
  const again = options((engine) => loseAfter(engine, 1));
  const predictor = new Predictor(await openLosing(1), trained, again);
  await expect(predictAll(predictor)).rejects.toThrow(DeviceLostError);
  expect(opened).toHaveLength(3);
  expect(lines).toHaveLength(2);
  predictor.destroy();
  const alone = new Predictor(await openLosing(1), trained);
  await expect(predictAll(alone)).rejects.toThrow(DeviceLostError);
  expect(opened).toHaveLength(4);
  alone.destroy();
});

it('opens no other device where the owner has closed it', async () => {
  const again = options();
  const engine = await openLosing(Infinity);
  const predictor = new Predictor(engine, trained, again);
  await predictAll(predictor);
  const predicting = predictAll(predictor);
  setImmediate(() => engine.close());
  await expect(predicting).rejects.toThrow(DeviceClosedError);
  await expect(predictAll(predictor)).rejects.toThrow('the GPU device was closed');
  expect(opened).toHaveLength(1);
  expect(lines).toEqual([]);
  predictor.destroy();
});

it('makes nothing on a new device once it is destroyed', async () => {
  for (const when of ['before the loss', 'while a device is opened'] as const) {
    const made = vi.spyOn(InferenceSession, 'create');
    const again = options();
    const reopen = async () => {
      predictor.destroy();
      return openLosing(Infinity);
    };
    const predictor = new Predictor(await openLosing(1), trained, { ...again, reopen });
    const predicting = predictAll(predictor);
    if (when === 'before the loss') predictor.destroy();
    await expect(predicting).rejects.toThrow(DeviceLostError);
    expect(opened).toHaveLength(when === 'before the loss' ? 1 : 2);
    expect(made).toHaveBeenCalledTimes(1);
    made.mockRestore();
  }
});

it('looks into a model on a new device', async () => {
  const [matrix = new Float32Array()] = matrices;
  const still = new Inspector(first, trained);
  const expected = await still.inspect(matrix);
  still.destroy();
  const again = options();
  const inspector = new Inspector(await openLosing(1), trained, again);
  expect(await inspector.inspect(matrix)).toEqual(expected);
  expect(lines).toHaveLength(1);
  inspector.destroy();
});

it('goes on with a stream', async () => {
  const stream = async (predictor: Predictor): Promise<readonly StreamPrediction[]> => {
    const told: StreamPrediction[] = [];
    const errors: unknown[] = [];
    const own = new StreamPredictor(predictor, {
      windowSeconds: 1,
      everyMs: 500,
      leastSeconds: 0.5,
      onPrediction: (prediction) => told.push(prediction),
      onError: (error) => errors.push(error),
    });
    for (let at = 0; at < samples.length; at += 8000) {
      own.push(samples.subarray(at, at + 8000));
      await own.idle();
    }
    own.close();
    expect(errors).toEqual([]);
    return told;
  };
  const expected = await whole(stream);
  expect(expected).toHaveLength(4);
  const again = options();
  const predictor = new Predictor(await openLosing(3), trained, again);
  expect(await stream(predictor)).toEqual(expected);
  expect(lines).toHaveLength(1);
  predictor.destroy();
});
