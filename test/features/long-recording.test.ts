import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { streamedPieces } from '../../src/audio/stream.js';
import { encodeWav } from '../../src/audio/wav.js';
import type { Piece } from '../../src/audio/piece.js';
import { Random } from '../../src/core/random.js';
import { type LargeLimits, largeRecording } from '../../src/features/long-recording.js';
import { prosody36 } from '../../src/features/sets/prosody36/set.js';
import type { Engine } from '../../src/gpu/engine.js';
import { featureStage } from '../../src/inference/feature-stage.js';
import { predictAll } from '../../src/inference/predict-all.js';
import { Predictor, type Prediction } from '../../src/inference/predictor.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

/** Files that are read in pieces of an odd size. */
class PieceFiles extends MemoryFiles {
  async size(path: string): Promise<number> {
    return (await this.read(path)).length;
  }
  async *pieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = await this.read(path);
    for (let at = 0; at < bytes.length; at += 9973) yield bytes.slice(at, at + 9973);
  }
}

function noise(seconds: number, rate = 16_000): Float32Array {
  const random = new Random(8, 'noise');
  const loud = (n: number): number => 0.1 + 0.05 * Math.sin(n / 5000);
  return Float32Array.from({ length: seconds * rate }, (_, n) => loud(n) * random.normal());
}

async function joined(pieces: AsyncIterable<Piece>): Promise<number[]> {
  const all: number[] = [];
  for await (const { channels } of pieces) for (const x of channels[0] ?? []) all.push(x);
  return all;
}

describe('a stream of a file', () => {
  const wav = encodeWav(noise(0.5), 16_000);
  const streamOf = (bytes: Uint8Array) => {
    const files = new PieceFiles({ 'a.wav': bytes });
    return streamedPieces({
      name: 'a.wav',
      size: bytes.length,
      pieces: () => files.pieces('a.wav'),
    });
  };

  it('gives the samples that the whole file gives', async () => {
    const stereo = wav.slice();
    stereo[22] = 2; // two channels
    stereo[32] = 4;
    const tagged = new Uint8Array(wav.length + 21); // an ID3 tag before, and a chunk after the data
    tagged.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 1, 7]);
    tagged.set(wav, 11);
    tagged.set(new TextEncoder().encode('LIST\u0002\0\0\0xx'), 11 + wav.length);
    const piped = wav.slice();
    piped.fill(0xff, 40, 44); // of a length that nobody knew
    for (const bytes of [wav, stereo, tagged, piped]) {
      const { samples, channels } = await decodeAudio(bytes, 'a.wav');
      if (channels === 1) expect(await joined(streamOf(bytes))).toEqual([...samples]);
      else expect((await joined(streamOf(bytes))).length).toBe(samples.length);
    }
  });

  it('refuses what the whole file would be refused for', async () => {
    for (const bytes of [wav.slice(0, 9000), new Uint8Array(0), new TextEncoder().encode('text')]) {
      const problem = await decodeAudio(bytes, 'a.wav').then(
        () => '',
        (error: Error) => error.message,
      );
      expect(problem).not.toBe('');
      await expect(joined(streamOf(bytes))).rejects.toThrow(problem);
    }
  });
});

describe('a large recording', () => {
  const limits: LargeLimits = { bytes: 1000, seconds: 2, stretch: 1 };

  it('is one stretch, or those of a long one, with the samples of the whole at any rate', async () => {
    for (const [seconds, rate, count] of [
      [1.5, 16_000, 1],
      [3.3, 16_000, 4],
      [2.6, 22_050, 3],
    ] as const) {
      const bytes = encodeWav(noise(seconds, rate), rate);
      const files = new PieceFiles({ 'a.wav': bytes });
      const whole = await decodeAudio(bytes, 'a.wav', 16_000);
      const large = await largeRecording(files, 'a.wav', prosody36, limits);
      expect(large).toMatchObject({ seconds: whole.seconds, long: count > 1 });
      expect(large?.frames).toBe(prosody36.frames(whole.samples.length));
      const all: number[] = [];
      let stretches = 0;
      for await (const { first, samples } of large!.stretches()) {
        expect(first * prosody36.hop).toBe(all.length);
        for (const x of samples) all.push(x);
        stretches++;
      }
      expect(stretches).toBe(count);
      expect(all).toEqual([...whole.samples]);
    }
  });

  it('is none in a small file, or where files are only read whole', async () => {
    const bytes = encodeWav(noise(1), 16_000);
    const usual = new PieceFiles({ 'a.wav': bytes });
    expect(await largeRecording(usual, 'a.wav', prosody36)).toBeUndefined();
    const memory = new MemoryFiles({ 'a.wav': bytes });
    expect(await largeRecording(memory, 'a.wav', prosody36, limits)).toBeUndefined();
  });

  describe('is predicted', () => {
    let engine: Engine;
    beforeAll(async () => (engine = await openEngine({ adapter: testAdapter() })), 60_000);
    afterAll(() => engine.close());

    async function predictOne(
      predictor: Predictor,
      files: MemoryFiles,
      large?: LargeLimits,
      onStretch?: (path: string, heard: number, seconds: number) => void,
    ): Promise<Prediction> {
      const stage = featureStage(predictor, files, { large, onStretch });
      for await (const { prediction, error } of predictAll(stage, [{ path: 'a.wav' }])) {
        if (error) throw error;
        return prediction;
      }
      throw new Error('no prediction');
    }

    it('as a whole if it is not long, to the bit', async () => {
      const predictor = new Predictor(engine, { ...tinyModel(), trimDb: 30 });
      const files = new PieceFiles({ 'a.wav': encodeWav(noise(1.5), 16_000) });
      const expected = await predictor.predictFile(files, 'a.wav');
      expect(await predictOne(predictor, files, limits)).toEqual(expected);
      predictor.destroy();
    });

    it('as its stretches would be as recordings of their own, averaged by their frames', async () => {
      const predictor = new Predictor(engine, tinyModel());
      const samples = noise(3.3);
      const wav = encodeWav(samples, 16_000);
      const files = new PieceFiles({ 'a.wav': wav });
      const told: { path: string; heard: number; seconds: number }[] = [];
      const found = await predictOne(predictor, files, limits, (path, heard, seconds) =>
        told.push({ path, heard, seconds }),
      );
      expect(told).toHaveLength(4);
      told.forEach(({ path, heard, seconds }, i) => {
        expect([path, seconds]).toEqual(['a.wav', found.seconds]);
        expect(heard).toBeGreaterThan(told[i - 1]?.heard ?? 0);
      });
      expect(told.at(-1)?.heard).toBeCloseTo(3.3, 1);
      const { samples: decoded } = await decodeAudio(wav, 'a.wav');
      const large = await largeRecording(files, 'a.wav', prosody36, limits);
      const scores = [0, 0, 0];
      let frames = 0;
      for await (const { first, samples: own } of large!.stretches()) {
        const at = first * prosody36.hop;
        const stretch = decoded.slice(at, at + own.length);
        const { tasks, attention } = await predictor.predictSamples(stretch);
        frames += attention.length;
        Object.values(tasks['emotion']!.scores).forEach(
          (p, c) => (scores[c]! += p * attention.length),
        );
      }
      const total = Object.values(found.tasks['emotion']!.scores);
      total.forEach((p, c) => expect(p).toBeCloseTo(scores[c]! / frames, 6));
      expect(found.seconds).toBeCloseTo(3.3, 9);
      expect(found.attention).toHaveLength(prosody36.frames(samples.length));
      expect(found.attention.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 4);
      predictor.destroy();
    });
  });
});
