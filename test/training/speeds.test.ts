/** Copies of the training recordings at other speeds, from a recording to a run. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { digestOf } from '../../src/data/digest.js';
import { loadTrainingData, type DataSource } from '../../src/data/source.js';
import { loadExperimentData } from '../../src/experiments/experiment-data.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import { runExperiment } from '../../src/experiments/run-experiment.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { columnOf } from '../../src/features/sets/feature-set.js';
import {
  joinMoments,
  ownMoments,
  type SpeakerMoments,
  statisticsOfSpeaker,
} from '../../src/features/speaker-moments.js';
import { faster } from '../../src/features/speed.js';
import { applyStatistics, statisticsOf } from '../../src/features/statistics.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import type { Engine } from '../../src/gpu/engine.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { mergeSettings, parseRunSettings } from '../../src/runs/settings.js';
import { train } from '../../src/training/trainer.js';
import { corpusFiles } from '../data/corpus-files.js';
import { allOf } from '../data/rows.js';
import { tinySettings } from '../data/synthetic.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

const corpus = corpusFiles();
const files = new MemoryFiles(corpus);
const source: DataSource = {
  corpus: 'manifest',
  path: 'manifest.csv',
  validationShare: 0.3,
  seed: 0,
};
const speeds = [0.9, 1.1];
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
}, 60_000);

afterAll(() => engine.close());

describe('a copy', () => {
  const tone = (hz: number, length: number) =>
    Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * hz * n) / 16_000) / 2);

  it.each([0.9, 1.1, 0.875, 2])(
    'at speed %d is the same tone, higher and shorter',
    async (speed) => {
      const got = await faster(tone(400, 8800), 16_000, speed, 'tone');
      expect(got).toHaveLength(Math.round(8800 / speed));
      const expected = tone(400 * speed, got.length);
      for (let i = 300; i < got.length - 300; i++) expect(got[i]).toBeCloseTo(expected[i]!, 4);
    },
  );

  it('has its own features in the cache, its own length and pitch', async () => {
    const own = new MemoryFiles({ 'a.wav': encodeWav(tone(200, 8000), 16_000) });
    const plain = await featuresOfFile(own, 'a.wav', { cache: 'c', speed: 1 });
    const quick = await featuresOfFile(own, 'a.wav', { cache: 'c', speed: 1.25 });
    expect(own.paths().filter((path) => path.startsWith('c/'))).toHaveLength(2);
    expect(await featuresOfFile(own, 'a.wav', { cache: 'c', speed: 1.25 })).toEqual(quick);
    expect([plain.seconds, quick.seconds]).toEqual([0.5, 0.4]);
    expect(quick.frames).toBe(defaultFeatureSet.frames(6400));
    expect(quick.digest).toBe(plain.digest);
    const middle = ({ features, frames }: typeof plain) =>
      columnOf(defaultFeatureSet, features, 'pitch')![frames >> 1]!;
    expect(middle(quick) / middle(plain)).toBeCloseTo(1.25, 1);
  });
});

describe('training with copies', () => {
  it('has them after the recordings, as rows of their own with the same labels', async () => {
    const plain = await loadTrainingData(files, source);
    const { training, validation, labels } = await loadTrainingData(files, { ...source, speeds });
    const n = plain.training.lengths.length;
    expect(training.lengths).toHaveLength(3 * n);
    expect(labels).toEqual(plain.labels);
    expect({ ...validation, read: undefined }).toEqual({ ...plain.validation, read: undefined });
    expect(training.speeds).toEqual(speeds);
    const all = await allOf(training);
    for (const [i, path] of plain.training.paths.entries()) {
      for (const [s, speed] of [1, ...speeds].entries()) {
        const row = s * n + i;
        const { normalised } = await featuresOfFile(files, path, { speed });
        expect(all[row]).toEqual(normalised);
        expect(training.paths[row]).toBe(s === 0 ? path : `${path} at speed ${speed}`);
        for (const task of ['emotion', 'speaker', 'gender']) {
          expect(training.targets[task]?.[row]).toBe(plain.training.targets[task]?.[i]);
        }
      }
    }
    const longer = plain.training.seconds * (1 + 1 / 0.9 + 1 / 1.1);
    expect(training.seconds).toBeCloseTo(longer, 6);
  });

  it.each(['speaker', 'training'] as const)(
    'does not count them in statistics of the originals by %s',
    async (normalise) => {
      const plain = await loadTrainingData(files, { ...source, normalise });
      const { training } = await loadTrainingData(files, { ...source, normalise, speeds });
      const n = plain.training.lengths.length;
      const all = await allOf(training);
      expect(all.slice(0, n)).toEqual(await allOf(plain.training));
      // by speaker, the copies at a speed are of one more speaker
      const ofSpeaker = plain.training.paths.filter(
        (path) => normalise === 'training' || path.startsWith('ann'),
      );
      const how = normalise === 'training' ? {} : { speed: 0.9 };
      const raw = await Promise.all(ofSpeaker.map((path) => featuresOfFile(files, path, how)));
      const statistics = statisticsOf(
        raw.map(({ features }) => features),
        defaultFeatureSet.dimensions,
      );
      const at = plain.training.paths.findIndex((path) => path.startsWith('ann'));
      const { features } = await featuresOfFile(files, plain.training.paths[at]!, { speed: 0.9 });
      expect(all[n + at]).toEqual(applyStatistics(features, statistics));
    },
  );

  it('has a digest of its own, also where features are read again from the cache', async () => {
    const digests = await Promise.all(
      [[], [0.9], [1.1], [0.9, 1.1]].map(async (own) =>
        digestOf((await loadTrainingData(files, { ...source, speeds: own })).training),
      ),
    );
    expect(new Set(digests).size).toBe(4);
    expect(await digestOf((await loadTrainingData(files, source)).training)).toBe(digests[0]);
    const cached = new MemoryFiles(corpus);
    const how = { cache: 'c', featureMemory: 12_000 };
    const part = await loadTrainingData(cached, { ...source, speeds }, how);
    const whole = await loadTrainingData(files, { ...source, speeds });
    expect(await allOf(part.training)).toEqual(await allOf(whole.training));
    expect(await digestOf(part.training)).toBe(digests[3]);
  });

  it('leaves out a copy that is shorter than a frame, and says so', async () => {
    const short = Float32Array.from({ length: 420 }, (_, n) => Math.sin(n / 5));
    const own = new MemoryFiles({ ...corpus, 'ann-1.wav': encodeWav(short, 16_000) });
    const lines: string[] = [];
    const { training } = await loadTrainingData(
      own,
      { ...source, speeds: [1.1], validationShare: 0.1 },
      { warn: (line) => lines.push(line) },
    );
    const originals = training.paths.filter((path) => path.endsWith('.wav'));
    expect(originals).toContain('ann-1.wav');
    expect(training.paths).toHaveLength(2 * originals.length - 1);
    expect(lines.join()).toMatch(/^skipped: 1 copy at speed 1\.1 \(ann-1\.wav: 382 samples/);
  });

  it('says so in the run, and resumes to the same bits', async () => {
    const conditions = ['noise'] as const;
    const own = { ...source, speeds, conditions };
    const data = await loadTrainingData(files, own);
    const settings = mergeSettings(tinySettings, {
      features: { speeds, conditions },
      training: { checkpointSteps: 1, epochs: 2 },
    });
    const [whole, cut] = [new MemoryFiles(), new MemoryFiles()];
    const options = { engine, out: 'run', data, settings, seed: 2 };
    await train({ ...options, files: whole });
    const abort = new AbortController();
    await train({
      ...options,
      files: cut,
      signal: abort.signal,
      onProgress: (told) => {
        if (told.kind === 'step' && told.step === 3) abort.abort();
      },
    });
    const again = await loadTrainingData(files, own);
    await train({ ...options, files: cut, data: again, settings: undefined, resume: true });
    const of = async (own: MemoryFiles) =>
      readSafetensors(await own.read('run/model/model.safetensors')).tensors;
    expect(await of(cut)).toEqual(await of(whole));
    const config = await readRunConfig(cut, 'run');
    expect(config.features).toEqual({ set: 'prosody36', speeds, conditions });
    expect(config.data.source?.speeds).toEqual(speeds);
    const other = await loadTrainingData(files, source);
    await expect(
      train({ ...options, files: cut, data: other, settings: undefined, resume: true }),
    ).rejects.toThrow('the training data differ');
    await expect(train({ ...options, out: 'b', files: cut, data: other })).rejects.toThrow(
      'features.speeds is [0.9,1.1], but that of the data is []',
    );
  });

  it('has them under conditions too, of a speaker together or each by itself', async () => {
    const by = { ...source, normalise: 'speaker', kappa: 1, speeds: [0.9] } as const;
    const plain = await loadTrainingData(files, by);
    const conditions = ['telephone', 'level'] as const;
    const { training: both } = await loadTrainingData(files, { ...by, conditions });
    const alone = { ...by, conditions, strangers: true };
    const { training: apart } = await loadTrainingData(files, alone);
    const n = plain.training.lengths.length / 2;
    const [kept, together, each] = [
      await allOf(plain.training),
      await allOf(both),
      await allOf(apart),
    ];
    expect(together.slice(0, 2 * n)).toEqual(kept);
    expect(each.slice(0, 2 * n)).toEqual(kept);
    expect(both.conditions).toEqual(conditions);
    expect([both.strangers, apart.strangers]).toEqual([undefined, true]);
    const { normalisation } = apart;
    const prior = normalisation?.scope === 'speaker' ? normalisation.prior : undefined;
    const raw = async (i: number, condition: 'telephone' | 'level') =>
      (await featuresOfFile(files, plain.training.paths[i]!, { condition })).features;
    const ann = [...Array(n).keys()].filter((i) => plain.training.paths[i]!.startsWith('ann'));
    for (const [c, condition] of conditions.entries()) {
      const row = (2 + c) * n + ann[0]!;
      const titles = { telephone: 'a telephone line', level: 'another level' };
      expect(apart.paths[row]).toBe(`${plain.training.paths[ann[0]!]} with ${titles[condition]}`);
      const moments = await Promise.all(
        ann.map(async (i) => ownMoments(await raw(i, condition), 36, false)),
      );
      const normalised = async (known: SpeakerMoments) =>
        applyStatistics(await raw(ann[0]!, condition), statisticsOfSpeaker(known, prior).frames);
      expect(together[row]).toEqual(await normalised(joinMoments(moments)));
      expect(each[row]).toEqual(await normalised(moments[0]!));
      expect(each[row]).not.toEqual(together[row]);
    }
    const digests = await Promise.all([plain.training, both, apart].map(digestOf));
    expect(new Set(digests).size).toBe(3);
  });

  it.each([
    [[1], 'features.speeds[0] is 1, expected a speed other than 1'],
    [[0.9, 0.9], 'expected a list of distinct speeds'],
    [[3], 'features.speeds[0] is 3, expected a number from 0.5 to 2'],
  ])('refuses the speeds %j', (own, message) => {
    expect(() => parseRunSettings({ features: { speeds: own } }, 'c.json')).toThrow(message);
  });

  it.each([
    [
      ['rain'],
      'features.conditions[0] is "rain", expected one of "echo", "noise", "telephone", "level"',
    ],
    [['echo', 'echo'], 'expected a list of distinct conditions'],
  ])('refuses the conditions %j', (conditions, message) => {
    expect(() => parseRunSettings({ features: { conditions } }, 'c.json')).toThrow(message);
  });
});

it('an experiment trains with copies and tests without', async () => {
  const protocol = parseProtocol(
    {
      format: 'alstm-protocol-1',
      name: 'tiny',
      corpus: { format: 'manifest' },
      split: { kind: 'speakers', test: ['cid'] },
      settings: {
        features: { trimDb: 40, speeds: [0.9] },
        model: { frontend: { units: 4 }, recurrent: { cell: 'lstm', units: 4 } },
        training: { epochs: 1, batch: 4 },
      },
      heads: { hidden: 0 },
      cells: [{ name: 'LSTM' }],
      seeds: [1],
    },
    'p.json',
  );
  const own = new MemoryFiles({ ...corpus });
  const data = await loadExperimentData(own, protocol, 'manifest.csv', {});
  const told = await runExperiment({
    engine: () => Promise.resolve(engine),
    reopen: () => Promise.resolve(engine),
    files: own,
    out: 'e',
    protocol,
    data,
  });
  expect(told).toMatchObject({ done: 1, failed: [] });
  const config = await readRunConfig(own, 'e/runs/LSTM/cid/seed-1');
  expect(config.features).toEqual({ set: 'prosody36', trimDb: 40, speeds: [0.9] });
  expect(config.data.training.utterances).toBe(2 * (12 - config.data.validation.utterances));
  const result = await own.read('e/runs/LSTM/cid/seed-1/result.json');
  const { predictions, examples } = JSON.parse(new TextDecoder().decode(result)) as {
    predictions: { path: string }[];
    examples: { attention: number[]; pitch: number[] }[];
  };
  expect(predictions.map(({ path }) => path.replace('../', ''))).toEqual(
    [0, 1, 2, 3, 4, 5].map((i) => `cid-${i}.wav`),
  );
  for (const { attention, pitch } of examples) expect(attention).toHaveLength(pitch.length);
  expect(examples.length).toBe(2);
});
