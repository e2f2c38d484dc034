/** `open`: a model on a device of its own, closed with it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { ConfigError, DeviceLostError, UsageError } from '../../src/core/errors.js';
import { ownMoments } from '../../src/features/speaker-moments.js';
import { featuresOfSamples } from '../../src/features/utterance.js';
import type { Engine } from '../../src/gpu/engine.js';
import { enrol } from '../../src/inference/enrolment.js';
import { openTrained } from '../../src/inference/opened-model.js';
import { writeModel, type TrainedModel } from '../../src/model/folder.js';
import { DEFAULT_VOICES } from '../../src/model/voices.js';
import { open } from '../../src/open.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { shippedModels } from '../support/shipped-models.js';

const samples = Float32Array.from({ length: 12_000 }, (_, i) => Math.sin(i ** 1.2 / 9) / 2);
const recording = { samples, rate: 16_000 };
const adapter = testAdapter();
/** Normalises by speaker, as the models that come along. */
const bySpeaker: TrainedModel = {
  ...tinyModel(),
  license: 'CC-BY-NC-SA-4.0',
  normalisation: { scope: 'speaker' },
};
const enrolled = async () => {
  const { features } = await featuresOfSamples(samples, 16_000, 'a');
  return enrol(bySpeaker, 'ann', [features]);
};

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-open-'));
  await writeModel(new NodeFiles(), at('first'), tinyModel());
  await writeModel(new NodeFiles(), at('nc'), bySpeaker);
  await writeFile(at('a.wav'), encodeWav(samples, 16_000));
});
afterAll(() => rm(folder, { recursive: true }));

describe('open', () => {
  it('predicts a file as its samples, and refuses what is no recording', async () => {
    const alstm = await open(at('first'), { adapter });
    try {
      const { tasks, seconds } = await alstm.predict(at('a.wav'));
      expect(seconds).toBe(0.75);
      const inMemory = await alstm.predict({ ...recording, samples: rounded(samples) });
      expect(inMemory.tasks).toEqual(tasks);
      expect(alstm.labels).toEqual(tinyModel().labels);
      expect(alstm.license).toBeUndefined();
      expect(alstm.info).toMatchObject({ terms: 'no licence stated', nonCommercial: false });
      await expect(alstm.predict(samples as unknown as string)).rejects.toThrow(UsageError);
      await expect(alstm.predict(at('gone.wav'))).rejects.toThrow('gone.wav');
    } finally {
      alstm.close();
    }
  });

  it('answers for the main task at hand, for a file in memory, and for several recordings', async () => {
    const alstm = await open(at('first'), { adapter });
    try {
      const bytes = encodeWav(samples, 16_000);
      const found = await alstm.predict(at('a.wav'));
      const { emotion } = found.tasks;
      expect(found).toMatchObject({ label: emotion?.label, scores: emotion?.scores });
      expect(found.score).toBe(Math.max(...Object.values(found.scores)));
      const inMemory = [bytes, new Uint8Array(bytes).buffer, new Blob([new Uint8Array(bytes)])];
      for (const each of await alstm.predict(inMemory)) expect(each.tasks).toEqual(found.tasks);
      expect(await alstm.predict([])).toEqual([]);
      await expect(alstm.predict([at('a.wav'), at('gone.wav')])).rejects.toThrow('gone.wav');
      await expect(alstm.predict(bytes.subarray(0, 9))).rejects.toThrow('recording');
    } finally {
      alstm.close();
    }
  });

  it('streams bytes of samples, and says what it needs', async () => {
    const alstm = await open(at('first'), { adapter });
    try {
      const pcm = Readable.from([pcmOf(samples).subarray(0, 9001), pcmOf(samples).subarray(9001)]);
      const ends: number[] = [];
      const options = {
        rate: 16_000,
        format: 's16le',
        hopSeconds: 0.25,
        leastSeconds: 0.25,
      } as const;
      for await (const { end, label, scores, tasks } of alstm.stream(pcm, options)) {
        ends.push(end);
        expect({ label, scores }).toMatchObject(tasks['emotion'] ?? {});
      }
      expect(ends).toEqual([0.25, 0.5, 0.75]);
      const whole = await alstm.predict({ ...recording, samples: rounded(samples) });
      const one = { rate: 16_000, hopSeconds: 0.75 };
      const [last] = await all(
        alstm.stream(Readable.from([rounded(samples)]), { ...one, leastSeconds: 0.75 }),
      );
      expect(last?.tasks).toEqual(whole.tasks);

      const wrong = (source: unknown, given?: unknown) =>
        all(alstm.stream(source as AsyncIterable<Float32Array>, given as typeof one));
      await expect(wrong('speech.wav', one)).rejects.toThrow('something that is not sound');
      await expect(wrong(Readable.from([samples]))).rejects.toThrow('not told the `rate`');
      await expect(wrong(Readable.from([pcmOf(samples)]), one)).rejects.toThrow('is of bytes');
    } finally {
      alstm.close();
    }
    await expect(all(alstm.stream(Readable.from([samples]), { rate: 16_000 }))).rejects.toThrow(
      'is closed',
    );
  });

  it('takes what is known of the speaker, as an enrolment or moments, but not both', async () => {
    const log: string[] = [];
    const alstm = await open(at('nc'), { adapter, log: (line) => log.push(line) });
    try {
      const enrolment = await enrolled();
      const { features } = await featuresOfSamples(samples, 16_000, 'a');
      const speaker = ownMoments(features, 36, false);
      const known = await alstm.predict(recording, { enrolment });
      expect(known.speakerRecordings).toBe(1);
      expect((await alstm.predict(recording, { speaker })).tasks).toEqual(known.tasks);
      await expect(alstm.predict(recording, { enrolment, speaker })).rejects.toThrow(UsageError);
      const other = { ...enrolment, trimDb: 35 };
      await expect(alstm.predict(recording, { enrolment: other })).rejects.toThrow(ConfigError);
      expect(log.filter((line) => line.startsWith('using '))).toEqual([
        `using ${at('nc')}: anger, joy, sadness; female, male (non-commercial: CC BY-NC-SA 4.0)`,
      ]);
    } finally {
      alstm.close();
    }
  });

  it('closes its device once, by hand or by what `using` calls', async () => {
    const alstm = await open(at('first'), { adapter });
    alstm[Symbol.dispose]();
    alstm.close();
    await expect(alstm.predict(recording)).rejects.toThrow(`${at('first')} is closed`);
    const other = await open(at('first'), { adapter });
    await other[Symbol.asyncDispose]();
    await expect(other.predict(recording)).rejects.toThrow(`${at('first')} is closed`);
  });

  it('goes on on another device where its own is lost, and closes that one', async () => {
    const opened: Engine[] = [];
    const alstm = await openTrained(tinyModel(), {
      name: 'first',
      openEngine: async () => {
        opened.push(await openEngine({ adapter }));
        return opened.at(-1)!;
      },
      predictOne: (predictor) => predictor.predictSamples(samples, 16_000),
    });
    const before = await alstm.predict(undefined);
    opened[0]!.gpu.device.destroy();
    expect((await alstm.predict(undefined)).tasks).toEqual(before.tasks);
    expect(opened).toHaveLength(2);
    alstm.close();
    expect(() => opened[1]!.gpu.check()).toThrow(DeviceLostError);
  });

  it('leaves no device open where the model does not fit it', async () => {
    const opened: Engine[] = [];
    const wrong = { ...tinyModel(), parameters: {} };
    const opening = openTrained(wrong, {
      name: 'wrong',
      openEngine: async () => {
        opened.push(await openEngine({ adapter }));
        return opened[0]!;
      },
      predictOne: (predictor) => predictor.predictSamples(samples),
    });
    await expect(opening).rejects.toThrow();
    expect(() => opened[0]!.gpu.check()).toThrow(DeviceLostError);
  });
});

describe.skipIf(shippedModels.size === 0)('the models that come along', () => {
  it.each([undefined, ...shippedModels.keys()])('open(%s) predicts', async (name) => {
    const alstm = await open(name, { adapter });
    try {
      expect(alstm.info.name).toBe(name ?? DEFAULT_VOICES);
      const { tasks } = await alstm.predict(recording);
      for (const [task, { scores, sure }] of Object.entries(tasks)) {
        expect(Object.keys(scores)).toEqual(alstm.labels[task]);
        expect(Object.values(scores).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
        const threshold = alstm.info.confidence?.[task]?.threshold ?? NaN;
        expect(sure).toBe(Math.max(...Object.values(scores)) >= threshold);
      }
    } finally {
      alstm.close();
    }
  });

  it('say their terms, and those under NC alone that they are non-commercial', async () => {
    for (const name of shippedModels.keys()) {
      const alstm = await open(name, { adapter });
      alstm.close();
      expect(alstm.info.nonCommercial, name).toBe(name.endsWith('-nc'));
      expect(alstm.license).toBe(name.endsWith('-nc') ? 'CC-BY-NC-SA-4.0' : 'MIT');
    }
  });
});

/** As 16 bits keep them. */
function rounded(values: Float32Array): Float32Array {
  return values.map((x) => Math.round(x * 32_768) / 32_768);
}

/** The same as bytes. */
function pcmOf(values: Float32Array): Uint8Array {
  return new Uint8Array(Int16Array.from(values, (x) => Math.round(x * 32_768)).buffer);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
