import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { extractSet } from '../../src/features/extract.js';
import { ownMoments, priorOf, type SpeakerMoments } from '../../src/features/speaker-moments.js';
import { statisticsOf } from '../../src/features/statistics.js';
import { prosody36 } from '../../src/features/sets/prosody36/set.js';
import { featureSet } from '../../src/features/sets/registry.js';
import { Engine } from '../../src/gpu/engine.js';
import { MemoryRefusal } from '../../src/gpu/memory.js';
import { Predictor, type Prediction } from '../../src/inference/predictor.js';
import { featureStage } from '../../src/inference/feature-stage.js';
import { predictAll, type Predicted } from '../../src/inference/predict-all.js';
import { sampleStage } from '../../src/inference/sample-stage.js';
import { answerSamples } from '../../src/inference/sample-answers.js';
import type { TrainedModel } from '../../src/model/folder.js';
import { initialParameters } from '../../src/network/init.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { SamplesSession } from '../../src/session/samples-session.js';
import { tinyModel } from '../model/tiny-model.js';
import { testGpu } from '../support/gpu.js';
import { temporaryFolder } from '../support/process.js';

const RATE = 16_000;
let engine: Engine;
beforeAll(async () => {
  engine = new Engine(await testGpu(), nodeShaders);
});

/** The oracle's speech. */
const speech = ['speech_1', 'speech_2', 'speech_3'].map((name) => {
  const path = new URL(`../fixtures/features/${name}.safetensors`, import.meta.url);
  return readSafetensors(readFileSync(path)).tensors.get('input/samples')?.data as Float32Array;
}) as [Float32Array, Float32Array, Float32Array];
const utterances = [
  speech[0].subarray(0, 17_000),
  speech[1].subarray(8000, 19_000),
  speech[2].subarray(0, 14_321),
] as const;
const load = (samples: Float32Array, i: number) => ({
  samples,
  name: `u${i}`,
  seconds: samples.length / RATE,
});
const recordings = utterances.map(load);

/** What the default model is in small: `voice56`, trimmed, by speaker with a prior, functionals. */
async function voiceModel(): Promise<TrainedModel> {
  const tiny = tinyModel();
  const set = featureSet('voice56');
  const model = {
    ...tiny.model,
    features: set.dimensions,
    functionals: { units: 4, scope: 'functionals' as const },
  };
  const moments: SpeakerMoments[] = [];
  for (const samples of [speech[1], speech[2]]) {
    const { features } = await extractSet(set, samples, 'x', 35);
    moments.push(ownMoments(features, set.dimensions, true));
  }
  return {
    ...tiny,
    model,
    parameters: initialParameters(model, 5),
    featureSet: set,
    trimDb: 35,
    normalisation: { scope: 'speaker', prior: priorOf(moments, 1) },
  };
}

/** Of few features, which are computed fast; by speaker with a prior, or by utterance. */
async function melModel(scope: 'speaker' | 'utterance'): Promise<TrainedModel> {
  const tiny = tinyModel();
  const set = featureSet('logmel40');
  const model = { ...tiny.model, features: set.dimensions };
  const { features } = await extractSet(set, speech[1], 'x');
  const prior = priorOf([ownMoments(features, set.dimensions, false)], 2);
  return {
    ...tiny,
    model,
    parameters: initialParameters(model, 6),
    featureSet: set,
    normalisation: scope === 'speaker' ? { scope, prior } : { scope },
  };
}

async function byTraining(): Promise<TrainedModel> {
  const { features } = await extractSet(featureSet('prosody36'), speech[1], 'x');
  return {
    ...tinyModel(),
    normalisation: { scope: 'training', statistics: statisticsOf([features], 36) },
  };
}

function expectSame(got: readonly Prediction[], expected: readonly Prediction[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((own, i) => {
    const { tasks, attention, ...rest } = expected[i]!;
    expect({ ...own, tasks, attention, featuresOn: 'cpu' }).toEqual({ ...rest, tasks, attention });
    for (const [task, { scores }] of Object.entries(tasks)) {
      for (const [label, score] of Object.entries(scores)) {
        expect(own.tasks[task]?.scores[label], `${task} ${label}`).toBeCloseTo(score, 4);
      }
    }
    expect(own.attention.length).toBe(attention.length);
    own.attention.forEach((weight, t) => expect(weight).toBeCloseTo(attention[t]!, 4));
  });
}

describe('from samples to probabilities on the GPU', () => {
  it.each([
    ['normalised by utterance', () => Promise.resolve(tinyModel())],
    ['normalised by the training set', byTraining],
    ['by speaker, with functionals and trimmed', voiceModel],
  ] as const)('a model %s answers as with features of the CPU', async (_name, make) => {
    const trained = await make();
    const gpu = new Predictor(engine, trained, { featuresOn: 'gpu' });
    const cpu = new Predictor(engine, trained, { featuresOn: 'cpu' });
    const got = await gpu.predictRecordings(recordings);
    expect(got.map(({ featuresOn }) => featuresOn)).toEqual(['gpu', 'gpu', 'gpu']);
    expectSame(got, await cpu.predictRecordings(recordings));
    const one = await gpu.predictSamples(utterances[1], RATE);
    expectSame([one], [await cpu.predictSamples(utterances[1], RATE)]);
    gpu.destroy();
    cpu.destroy();
  });

  it('an enrolled speaker counts as on the CPU', async () => {
    const trained = await voiceModel();
    const { features } = await extractSet(featureSet('voice56'), speech[0], 'x', 35);
    const speaker = ownMoments(features, 56, true);
    const gpu = new Predictor(engine, trained, { featuresOn: 'gpu' });
    const cpu = new Predictor(engine, trained, { featuresOn: 'cpu' });
    // of the second nothing is known
    const known = recordings.map((own, i) => (i === 1 ? own : { ...own, speaker }));
    const got = await gpu.predictRecordings(known);
    expect(got.map((own) => [own.featuresOn, own.speakerRecordings])).toEqual([
      ['gpu', 1],
      ['gpu', 1],
      ['gpu', 1],
    ]);
    expectSame(got, await cpu.predictRecordings(known));
    expectSame(
      [await gpu.predictSamples(utterances[0], RATE, 'x', { speaker: (own) => own })],
      [await cpu.predictSamples(utterances[0], RATE, 'x', { speaker: (own) => own })],
    );
    gpu.destroy();
    cpu.destroy();
  });

  it('a long recording is predicted in windows, as on the CPU', async () => {
    const long = Float32Array.from(
      { length: 31 * RATE },
      (_, n) => utterances[0][n % 17_000]! * (1 + n / 1e6),
    );
    for (const trained of [await melModel('utterance'), await melModel('speaker')]) {
      const gpu = new Predictor(engine, trained, { featuresOn: 'gpu' });
      const cpu = new Predictor(engine, trained, { featuresOn: 'cpu' });
      const got = await gpu.predictRecordings([load(long, 0)]);
      expect(got[0]?.featuresOn).toBe('gpu');
      expectSame(got, await cpu.predictRecordings([load(long, 0)]));
      gpu.destroy();
      cpu.destroy();
    }
  }, 60_000);

  it('a recording that is too long is left to the CPU', async () => {
    const { model } = tinyModel();
    const featureSet = prosody36;
    const session = new SamplesSession(engine, model, featureSet, tinyModel());
    const answers = await answerSamples(recordings, {
      ...{ model, featureSet, trimDb: null, normalisation: { scope: 'utterance' } },
      predict: (batch) => session.predict(batch),
      mostFrames: 90,
    });
    expect(answers.map((own) => own?.frames)).toEqual([undefined, 67, 88]);
    session.destroy();
  });

  it('a batch for which the device has no memory is halved, then computed on the CPU', async () => {
    const refuse = () => Promise.reject(new MemoryRefusal('a test', 1, ''));
    // all three; then the longest alone, which leaves two
    const asked = vi.spyOn(SamplesSession.prototype, 'predict');
    asked.mockImplementationOnce(refuse).mockImplementationOnce(refuse);
    const gpu = new Predictor(engine, tinyModel(), { featuresOn: 'gpu' });
    const got = await gpu.predictRecordings(recordings);
    const sizes = asked.mock.calls.map(([batch]) => batch.recordings.length);
    asked.mockRestore();
    gpu.destroy();
    expect(got.map(({ featuresOn }) => featuresOn)).toEqual(['cpu', 'gpu', 'gpu']);
    expect(sizes).toEqual([3, 1, 2]);
  });

  it('files: samples are prepared, and what cannot be used costs only itself', async () => {
    const files = new NodeFiles();
    const folder = await temporaryFolder();
    const inside = (name: string): string => `${folder}/${name}.wav`;
    for (const [i, own] of utterances.entries())
      await files.write(inside(`${i}`), encodeWav(own, RATE));
    const large = { bytes: encodeWav(utterances[0], RATE).length, seconds: 3600, stretch: 600 };
    const recordings = ['0', 'nowhere', '1', '2'].map((name) => ({ path: inside(name) }));
    const gpu = new Predictor(engine, tinyModel(), { featuresOn: 'gpu' });
    const found: Predicted<{ path: string }>[] = [];
    for await (const own of predictAll(sampleStage(gpu, files, { large }), recordings))
      found.push(own);
    // the longest counts as large here: features of large files are the CPU's
    expect(found.map(({ prediction, error }) => prediction?.featuresOn ?? error?.name)).toEqual([
      ...['cpu', 'FileError', 'gpu', 'gpu'],
    ]);
    const cpu = new Predictor(engine, tinyModel(), { featuresOn: 'cpu' });
    const expected: Prediction[] = [];
    for await (const { prediction } of predictAll(featureStage(cpu, files), recordings)) {
      if (prediction) expected.push(prediction);
    }
    expectSame(
      found.flatMap(({ prediction }) => prediction ?? []),
      expected,
    );
    gpu.destroy();
    cpu.destroy();
  });

  it('bad samples are refused with their name', async () => {
    const gpu = new Predictor(engine, tinyModel(), { featuresOn: 'gpu' });
    const broken = utterances[0].slice();
    broken[77] = NaN;
    await expect(gpu.predictRecordings([recordings[1]!, load(broken, 5)])).rejects.toThrow(
      'u5: sample 77 is NaN, not a finite number',
    );
    await expect(gpu.predictSamples(new Float32Array(100), RATE, 'short')).rejects.toThrow(
      'short: 100 samples at 16 kHz are less than one frame of 400',
    );
    gpu.destroy();
  });

  it('the default is the CPU on a software adapter', () => {
    const own = new Predictor(engine, tinyModel());
    expect(own.featuresOn).toBe(engine.gpu.adapter.software ? 'cpu' : 'gpu');
    own.destroy();
  });
});
