/** Streams of predictions: what is left out, and what is ended with the loop. */
import { expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import type { LiveSound } from '../../src/core/host-types.js';
import { predictLive, predictSource } from '../../src/inference/prediction-stream.js';

/** Answers each window after a turn; one that holds -1 is refused. */
const predictor = {
  given: [] as number[][],
  async predictSamples(samples: Float32Array) {
    this.given.push([...samples]);
    await Promise.resolve();
    if (samples.includes(-1)) throw new Error('bad sample');
    return { tasks: {}, seconds: samples.length / 10, attention: new Float32Array() };
  },
};
const options = { rate: 10, windowSeconds: 2, hopSeconds: 1 };
const count = (from: number, to: number) =>
  Float32Array.from({ length: to - from }, (_, i) => from + i);

/** Chunks of seven samples, and whether their reader ended them. */
function source(until: number) {
  const state = { read: 0, ended: false };
  async function* chunks() {
    try {
      for (; state.read < until; state.read += 7)
        yield await Promise.resolve(count(state.read, state.read + 7));
    } finally {
      state.ended = true;
    }
  }
  return { state, chunks: chunks() };
}

it('predicts each window of a source, however it is cut, and reads no further than it must', async () => {
  const { state, chunks } = source(35);
  const ends: number[] = [];
  predictor.given.length = 0;
  for await (const { end } of predictSource(predictor, chunks, options)) {
    ends.push(end);
    expect(state.read).toBeLessThan(10 * end + 7);
  }
  expect(ends).toEqual([1, 2, 3]);
  expect(predictor.given).toEqual([[...count(0, 10)], [...count(0, 20)], [...count(10, 30)]]);
});

it('ends the source where the loop is left, by hand, by an error, or by a signal', async () => {
  const left = source(1000);
  for await (const found of predictSource(predictor, left.chunks, options)) {
    expect(found.end).toBe(1);
    break;
  }
  expect(left.state).toEqual({ read: 7, ended: true });

  const failing = async function* () {
    yield await Promise.resolve(count(0, 10));
    yield Float32Array.of(-1).subarray(0, 1);
    yield count(0, 9);
  };
  const ends: number[] = [];
  const reading = async () => {
    for await (const { end } of predictSource(predictor, failing(), options)) ends.push(end);
  };
  await expect(reading()).rejects.toThrow('bad sample');
  expect(ends).toEqual([1]);

  const controller = new AbortController();
  const silent = new ReadableStream<Float32Array>({ start: (own) => own.enqueue(count(0, 10)) });
  const given = { ...options, signal: controller.signal };
  for await (const { end } of predictSource(predictor, silent, given)) {
    expect(end).toBe(1);
    setTimeout(() => controller.abort(), 1); // while it waits for more
  }
  const wrong = predictSource(predictor, source(9).chunks, { ...options, hopSeconds: 0 });
  await expect(wrong.next()).rejects.toThrow(UsageError);
});

/** Sound that a test makes. */
class Sound implements LiveSound {
  readonly rate = 10;
  closed = 0;
  take: (samples: Float32Array) => void = () => undefined;
  end = (): void => undefined;

  start(take: (samples: Float32Array) => void, end: () => void): void {
    [this.take, this.end] = [take, end];
  }

  close(): void {
    this.closed++;
  }
}

it('takes the newest of live sound, leaves out what came due meanwhile, and closes it', async () => {
  const sound = new Sound();
  const live = predictLive(predictor, () => Promise.resolve(sound), options);
  predictor.given.length = 0;
  const first = live.next();
  await Promise.resolve();
  await Promise.resolve();
  sound.take(count(0, 10));
  expect((await first).value).toMatchObject({ end: 1 });
  for (let at = 10; at < 60; at += 5) sound.take(count(at, at + 5)); // the loop is busy
  expect((await live.next()).value).toMatchObject({ end: 6 });
  sound.end();
  expect(await live.next()).toEqual({ done: true, value: undefined });
  expect(predictor.given).toEqual([[...count(0, 10)], [...count(40, 60)]]);
  expect(sound.closed).toBe(1);
  sound.take(count(0, 10)); // what was still on its way is no error

  const left = new Sound();
  left.start = (take) => take(count(0, 20));
  for await (const { end } of predictLive(predictor, () => Promise.resolve(left), options)) {
    expect(end).toBe(2);
    break;
  }
  expect(left.closed).toBe(1);

  const stopped = new Sound();
  const controller = new AbortController();
  const given = { ...options, signal: controller.signal };
  const waiting = predictLive(predictor, () => Promise.resolve(stopped), given).next();
  setTimeout(() => controller.abort(), 1);
  expect((await waiting).done).toBe(true);
  expect(stopped.closed).toBe(1);
});
