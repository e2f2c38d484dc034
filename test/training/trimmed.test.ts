import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { encodeWav } from '../../src/audio/wav.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { digestOf } from '../../src/data/digest.js';
import { loadTestData, loadTrainingData, type DataSource } from '../../src/data/source.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Inspector } from '../../src/inference/inspector.js';
import { Predictor } from '../../src/inference/predictor.js';
import { StreamPredictor, type StreamPrediction } from '../../src/inference/stream-predictor.js';
import { readModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { mergeSettings } from '../../src/runs/settings.js';
import { evaluate } from '../../src/scoring/evaluate.js';
import { train } from '../../src/training/trainer.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinySettings } from '../data/synthetic.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

/** Silence before and after each recording: 0.2 s and 0.35 s. */
const BEFORE = 3200;
const AFTER = 5600;

async function padded(): Promise<Record<string, Uint8Array | string>> {
  const files = corpusFiles();
  for (const [path, bytes] of Object.entries(files)) {
    if (typeof bytes === 'string') continue;
    const { samples } = await decodeAudio(bytes, path, 16_000);
    const longer = new Float32Array(BEFORE + samples.length + AFTER);
    longer.set(samples, BEFORE);
    files[path] = encodeWav(longer, 16_000);
  }
  return files;
}

const source: DataSource = { corpus: 'manifest', path: 'manifest.csv', seed: 0, trimDb: 30 };
const settings = mergeSettings(tinySettings, { training: { checkpointSteps: 1 } });
let engine: Engine;
let files: MemoryFiles;

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
  files = new MemoryFiles(await padded());
  const data = await loadTrainingData(files, source);
  await train({ engine, files, out: 'run', data, settings, seed: 1 });
}, 120_000);

afterAll(() => engine.close());

describe('training on trimmed recordings', () => {
  it('sees the frames of the recordings alone', async () => {
    const whole = await loadTrainingData(files, { ...source, trimDb: null });
    const { training } = await loadTrainingData(files, source);
    const added = (BEFORE + AFTER) / defaultFeatureSet.hop;
    for (const [i, frames] of training.lengths.entries()) {
      expect(frames).toBeLessThan(whole.training.lengths[i]! - added + 12);
      expect(frames).toBeGreaterThan(10);
    }
    expect(training.seconds).toBe(whole.training.seconds);
    expect(training.trimDb).toBe(30);
    expect(whole.training).not.toHaveProperty('trimDb');
  });

  it('has a digest of its own, and without it the one of old', async () => {
    const old = { corpus: 'manifest', path: 'manifest.csv', seed: 0 };
    const digests = await Promise.all(
      [old, { ...old, trimDb: null }, source, { ...source, trimDb: 20 }].map(async (own) =>
        digestOf((await loadTrainingData(files, own)).training),
      ),
    );
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(3);
  });

  it('is in the configuration of the run and in the model', async () => {
    const config = await readRunConfig(files, 'run');
    expect(config.features).toEqual({ set: 'prosody36', trimDb: 30 });
    expect(config.data.source?.trimDb).toBe(30);
    const trained = await readModel(files, 'run');
    expect(trained.trimDb).toBe(30);
    expect(trained.model.layers).toHaveLength(2);
  });

  it('resumes to the same bits', async () => {
    const data = await loadTrainingData(files, source);
    const cut = new MemoryFiles(await padded());
    const abort = new AbortController();
    await train({
      engine,
      files: cut,
      out: 'run',
      data,
      settings,
      seed: 1,
      signal: abort.signal,
      onProgress: (told) => {
        if (told.kind === 'step' && told.step === 6) abort.abort();
      },
    });
    await train({ engine, files: cut, out: 'run', data, resume: true });
    const of = async (own: MemoryFiles) =>
      readSafetensors(await own.read('run/model/model.safetensors')).tensors;
    expect(await of(cut)).toEqual(await of(files));
    const other = await loadTrainingData(files, { ...source, trimDb: 20 });
    await expect(
      train({ engine, files: cut, out: 'run', data: other, resume: true }),
    ).rejects.toThrow('the training data differ');
  });

  it('refuses data that are trimmed otherwise than the settings say', async () => {
    const data = await loadTrainingData(files, source);
    const own = mergeSettings(settings, { features: { trimDb: 20 } });
    await expect(train({ engine, files, out: 'other', data, settings: own })).rejects.toThrow(
      'features.trimDb is 20, but that of the data is 30',
    );
  });
});

describe('a model of trimmed recordings', () => {
  it('predicts a recording with 0 attention to its silence, and its whole length', async () => {
    const predictor = await Predictor.load(engine, files, 'run');
    const { attention, seconds, tasks } = await predictor.predictFile(files, 'cid-0.wav');
    const { trim, frames, normalised } = await featuresOfFile(files, 'cid-0.wav', { trimDb: 30 });
    const { start, total } = trim!;
    expect(attention).toHaveLength(total);
    expect(start).toBeGreaterThan(12);
    expect(attention.subarray(0, start).every((x) => x === 0)).toBe(true);
    expect(attention.subarray(start, start + frames).every((x) => x > 0)).toBe(true);
    expect(attention.subarray(start + frames).every((x) => x === 0)).toBe(true);
    expect(attention.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5);
    expect(seconds).toBeGreaterThan((BEFORE + AFTER + 4800) / 16_000 - 1e-6);
    const [same] = await predictor.predictFeatures([normalised], { normalised: true });
    expect(same?.tasks).toEqual(tasks);
    predictor.destroy();
  });

  it('is not told by silence around a recording', async () => {
    const predictor = await Predictor.load(engine, files, 'run');
    const { samples } = await decodeAudio(await files.read('cid-1.wav'), 'x', 16_000);
    const longer = new Float32Array(samples.length + 1600);
    longer.set(samples, 1600);
    const short = await predictor.predictSamples(samples);
    const long = await predictor.predictSamples(longer);
    expect(long.attention).toHaveLength(short.attention.length + 10);
    for (const [label, score] of Object.entries(short.tasks['emotion']!.scores)) {
      expect(long.tasks['emotion']!.scores[label]).toBeCloseTo(score, 3);
    }
    predictor.destroy();
  });

  it('trims each window of a stream', async () => {
    const predictor = await Predictor.load(engine, files, 'run');
    const { samples } = await decodeAudio(await files.read('cid-1.wav'), 'x', 16_000);
    const told: StreamPrediction[] = [];
    const stream = new StreamPredictor(predictor, {
      windowSeconds: samples.length / 16_000,
      everyMs: (1000 * samples.length) / 16_000,
      leastSeconds: samples.length / 16_000,
      onPrediction: (one) => told.push(one),
      onError: (error) => {
        throw error;
      },
    });
    stream.push(samples);
    await stream.idle();
    const { tasks, attention } = await predictor.predictSamples(samples);
    expect(told.map((own) => [own.tasks, own.attention])).toEqual([[tasks, attention]]);
    expect(attention[0]).toBe(0);
    predictor.destroy();
  });

  it('is looked into at the frames of the whole recording', async () => {
    const inspector = await Inspector.load(engine, files, 'run');
    const { trim, frames, normalised } = await featuresOfFile(files, 'cid-0.wav', { trimDb: 30 });
    const { start, total } = trim!;
    const kept = await inspector.inspect(normalised);
    const seen = await inspector.inspect(normalised, trim);
    expect(seen.scores).toEqual(kept.scores);
    expect(seen.attention.subarray(start, start + frames)).toEqual(kept.attention);
    const [gates] = seen.gates;
    expect(gates?.means).toHaveLength(total * 4);
    expect(gates?.means.subarray(start * 4, (start + frames) * 4)).toEqual(kept.gates[0]?.means);
    expect(seen.combination?.[0]?.frames).toEqual(
      kept.combination?.[0]?.frames.map((t) => t + start),
    );
    inspector.destroy();
  });

  it('is scored on trimmed recordings, and on no others', async () => {
    const predictor = await Predictor.load(engine, files, 'run');
    const { labels, trimDb } = predictor;
    const own = await loadTestData(files, source, labels, { trimDb });
    expect(own.lengths[0]).toBeLessThan(50);
    expect((await evaluate(predictor, own)).utterances).toBe(6);
    const whole = await loadTestData(files, source, labels);
    await expect(evaluate(predictor, whole)).rejects.toThrow(
      "the dataset holds features of recordings that are not trimmed, the model's are trimmed at 30 dB",
    );
    predictor.destroy();
  });
});
