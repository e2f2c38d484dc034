import { expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { predictAudioBuffer } from '../../src/inference/audio-buffer.js';
import type { Normalisation } from '../../src/features/normalise.js';
import { ownMoments, type SpeakerMoments } from '../../src/features/speaker-moments.js';
import type { SpeakerOptions } from '../../src/inference/normalised.js';
import type { Prediction } from '../../src/inference/predictor.js';
import {
  type SamplePredictor,
  StreamPredictor,
  type StreamOptions,
} from '../../src/inference/stream-predictor.js';

/** Keeps what it was given; `answer` lets the oldest prediction end. */
class Recorder {
  readonly given: { samples: Float32Array; rate: number | undefined }[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly held = false) {}

  predictSamples(samples: Float32Array, rate?: number): Promise<Prediction> {
    this.given.push({ samples, rate });
    if (samples.includes(-1)) return Promise.reject(new Error('bad sample'));
    const prediction = { tasks: {}, seconds: samples.length / 10, attention: new Float32Array() };
    if (!this.held) return Promise.resolve(prediction);
    return new Promise((resolve) => this.#waiting.push(() => resolve(prediction)));
  }

  answer(): void {
    this.#waiting.shift()?.();
  }
}

function streamOf(recorder: SamplePredictor, options: Partial<StreamOptions> = {}) {
  const ends: number[] = [];
  const errors: unknown[] = [];
  const stream = new StreamPredictor(recorder, {
    rate: 10,
    windowSeconds: 2,
    everyMs: 1000,
    leastSeconds: 1,
    onPrediction: ({ end }) => ends.push(end),
    onError: (error) => errors.push(error),
    ...options,
  });
  return { stream, ends, errors };
}

const count = (from: number, to: number) =>
  Float32Array.from({ length: to - from }, (_, i) => from + i);

it('predicts the last seconds at its pace, however samples come', async () => {
  const recorder = new Recorder();
  const { stream, ends } = streamOf(recorder);
  for (let at = 0; at < 45; at += 3) {
    stream.push(count(at, at + 3));
    await stream.idle();
  }
  expect(ends).toEqual([1.2, 2.4, 3.6]);
  expect(recorder.given.map(({ samples }) => [...samples])).toEqual([
    [...count(0, 12)],
    [...count(4, 24)],
    [...count(16, 36)],
  ]);
  expect(recorder.given[0]?.rate).toBe(10);
});

it('takes more at once than its window holds', async () => {
  const recorder = new Recorder();
  const { stream } = streamOf(recorder);
  stream.push(count(0, 7));
  stream.push(count(7, 58));
  await stream.idle();
  expect(recorder.given.map(({ samples }) => [...samples])).toEqual([[...count(38, 58)]]);
});

it('makes one prediction at a time, and leaves out those that came due meanwhile', async () => {
  const recorder = new Recorder(true);
  const { stream, ends } = streamOf(recorder);
  for (let at = 0; at < 40; at += 10) stream.push(count(at, at + 10));
  expect(recorder.given).toHaveLength(1);
  recorder.answer();
  await new Promise((resolve) => setTimeout(resolve));
  expect(recorder.given).toHaveLength(2);
  expect([...(recorder.given[1]?.samples ?? [])]).toEqual([...count(20, 40)]);
  recorder.answer();
  await stream.idle();
  expect(ends).toEqual([1, 4]);
});

it('goes on after a prediction that failed, and tells nothing once closed', async () => {
  const recorder = new Recorder();
  const { stream, ends, errors } = streamOf(recorder, { windowSeconds: 1 });
  stream.push(new Float32Array(10).fill(-1));
  await stream.idle();
  stream.push(count(0, 10));
  await stream.idle();
  expect(errors).toEqual([new Error('bad sample')]);
  expect(ends).toEqual([2]);
  stream.push(count(0, 10));
  stream.close();
  await stream.idle();
  expect(ends).toEqual([2]);
  expect(() => stream.push(count(0, 1))).toThrow(UsageError);
});

it('refuses a stream that cannot be', () => {
  for (const options of [{ rate: 0 }, { everyMs: NaN }, { windowSeconds: 1, leastSeconds: 2 }]) {
    expect(() => streamOf(new Recorder(), options)).toThrow(UsageError);
  }
});

it('averages the channels of an audio buffer', async () => {
  const recorder = new Recorder();
  const channels = [Float32Array.of(1, 0.5), Float32Array.of(0, 0.25)];
  await predictAudioBuffer(recorder, {
    length: 2,
    numberOfChannels: 2,
    sampleRate: 44_100,
    getChannelData: (c) => channels[c] ?? new Float32Array(),
  });
  expect(recorder.given).toEqual([{ samples: Float32Array.of(0.5, 0.375), rate: 44_100 }]);
});

/** Takes a window's samples for its features, one each. */
class SpeakerRecorder {
  readonly normalisation: Normalisation = { scope: 'speaker' };
  readonly known: SpeakerMoments[] = [];

  predictSamples(
    samples: Float32Array,
    _rate?: number,
    _name?: string,
    { speaker }: SpeakerOptions = {},
  ): Promise<Prediction> {
    const own = ownMoments(samples, 1, false);
    if (typeof speaker === 'function') this.known.push(speaker(own));
    return Promise.resolve({ tasks: {}, seconds: 2, attention: new Float32Array() });
  }
}

it('learns the voice of a stream, each stretch of it once', async () => {
  const recorder = new SpeakerRecorder();
  const { stream } = streamOf(recorder);
  for (let at = 0; at < 50; at += 5) {
    stream.push(count(at, at + 5));
    await stream.idle();
  }
  // windows end at 10 (half a window), 20 (added), 30, 40 (added), 50
  expect(recorder.known.map(({ recordings }) => recordings)).toEqual([1, 1, 2, 2, 3]);
  const mean = (moments: SpeakerMoments | undefined) => moments?.frames.mean[0];
  expect(recorder.known.map(mean)).toEqual([4.5, 9.5, 14.5, 19.5, 26.166666666666668]);
  expect(stream.speaker?.recordings).toBe(2);
  expect(mean(stream.speaker)).toBe(19.5);
});

it('begins with what is known of a speaker', async () => {
  const recorder = new SpeakerRecorder();
  const speaker = { recordings: 4, frameCount: 60, frames: { mean: [100], square: [10100] } };
  const { stream } = streamOf(recorder, { speaker });
  stream.push(count(0, 20));
  await stream.idle();
  expect(stream.speaker).toMatchObject({ recordings: 5, frameCount: 80 });
  expect(recorder.known[0]?.frames.mean[0]).toBeCloseTo((60 * 100 + 20 * 9.5) / 80, 10);
  expect(streamOf(new Recorder(), {}).stream.speaker).toBeUndefined();
});
