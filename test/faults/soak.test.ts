/** Many thousands of steps and predictions: memory stays flat, and the same gives the same to the bit. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { InferenceSession } from '../../src/session/inference-session.js';
import { TrainingSession } from '../../src/session/training-session.js';
import { Predictor } from '../../src/inference/predictor.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import type { Inference, Tensors, TrainingState } from '../../src/session/types.js';
import { filesIn, writeFiles } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { tinyModel as tinyTrained } from '../model/tiny-model.js';
import { testEngine } from '../support/engine.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';
import { corpusFiles } from '../data/corpus-files.js';
import { MemoryWatch } from './memory.js';
import { countFrom, keepResults } from '../support/results.js';

const steps = countFrom('ALSTM_FAULT_STEPS', 300);
const predictions = countFrom('ALSTM_FAULT_PREDICTIONS', 100);
const recordings = countFrom('ALSTM_FAULT_RECORDINGS', 40);
/** Steps between two looks at losses and bits. */
const CHECK_STEPS = 50;

const at = scratchFolder();
const model = tinyModel({ dropout: 0.3 });
/** Batches of other sizes in turns: all fit what the first, the largest, made. */
const batches = [[10, 10, 10], [10, 10], [7, 3], [10, 4, 2], [1]].map((lengths, i) =>
  randomBatch(model, lengths, `batch ${i}`),
);
const largest = { frames: 30, utterances: 3, longest: 10 };
const adam = { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

function digest(arrays: Iterable<Float32Array>): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of arrays) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

const arraysOf = (tensors: Tensors): Float32Array[] =>
  Object.values(tensors).map(({ data }) => Float32Array.from(data));

const digestOfState = ({ parameters, optimizer }: TrainingState): string =>
  digest([...arraysOf(parameters), ...arraysOf(optimizer)]);

const digestOfAnswer = ({ probabilities, logits, attention, pooled }: Inference): string =>
  digest([...Object.values(probabilities), ...Object.values(logits), ...attention, pooled]);

test('training', { timeout: 60_000 + steps * 60 }, async () => {
  const engine = await testEngine();
  const session = await TrainingSession.create(engine, model, {
    ...{ parameters: randomParameters(model), optimizer: adam, clipNorm: 5, seed: 1 },
  });
  await session.reserve(largest);
  const start = await session.state();
  /** A step over each batch from the start. */
  const again = async (): Promise<string> => {
    session.loadState(start);
    for (const batch of batches) await session.step(batch, 1e-3);
    return digestOfState(await session.state());
  };
  const expected = await again();
  await session.readLosses();
  session.loadState(start);
  const watch = new MemoryWatch(steps, () => session.bytes);
  const began = performance.now();
  let checks = 0;
  for (let done = 1; done <= steps; done++) {
    await session.step(batches[done % batches.length]!, 1e-3);
    if (done % CHECK_STEPS === 0 || done === steps) {
      const { total, tasks, gradientNorm } = await session.readLosses();
      const told = [total, gradientNorm, ...Object.values(tasks)];
      expect(told.every(Number.isFinite), `${JSON.stringify(told)} at step ${done}`).toBe(true);
    }
    if (done % (20 * CHECK_STEPS) === 0 || done === steps) {
      const state = await session.state();
      expect(await again(), `at step ${done}`).toBe(expected);
      await session.readLosses();
      session.loadState(state);
      checks++;
    }
    await watch.after(done);
  }
  const seconds = (performance.now() - began) / 1000;
  session.destroy();
  keepResults(
    'soak-training',
    { steps, seconds, checks, memory: watch.summary() },
    engine.gpu.adapter,
  );
  watch.expectFlat();
});

test('prediction', { timeout: 60_000 + predictions * 60 }, async () => {
  const engine = await testEngine();
  const session = InferenceSession.create(engine, model, { parameters: randomParameters(model) });
  const expected: string[] = [];
  for (const batch of batches) expected.push(digestOfAnswer(await session.predict(batch)));
  const watch = new MemoryWatch(predictions, () => session.bytes);
  const began = performance.now();
  for (let done = 1; done <= predictions; done++) {
    const i = done % batches.length;
    const answer = await session.predict(batches[i]!);
    expect(digestOfAnswer(answer), `prediction ${done}`).toBe(expected[i]);
    await watch.after(done);
  }
  const seconds = (performance.now() - began) / 1000;
  session.destroy();
  keepResults(
    'soak-prediction',
    { predictions, seconds, memory: watch.summary() },
    engine.gpu.adapter,
  );
  watch.expectFlat();
});

test('recordings', { timeout: 60_000 + recordings * 1000 }, async () => {
  const engine = await testEngine();
  const files = new NodeFiles();
  await writeFiles(at('corpus'), corpusFiles(2));
  const fixtures = ['mono_24k.flac', 'mono_22k.mp3', 'stereo_44k_vorbis.ogg', 'mono_48k_opus.ogg'];
  const paths = [
    ...filesIn(at('corpus'))
      .filter((name) => name.endsWith('.wav'))
      .map((name) => at('corpus', name)),
    ...fixtures.map((name) => `test/audio/fixtures/${name}`),
  ];
  const predictor = new Predictor(engine, tinyTrained());
  const told = async (path: string): Promise<string> => {
    const { tasks, seconds, attention } = await predictor.predictFile(files, path);
    return JSON.stringify([tasks, seconds, digest([attention])]);
  };
  const expected: string[] = [];
  for (const path of paths) expected.push(await told(path));
  expect(new Set(expected).size).toBe(paths.length);
  const watch = new MemoryWatch(recordings);
  const began = performance.now();
  for (let done = 1; done <= recordings; done++) {
    const i = done % paths.length;
    expect(await told(paths[i]!), `recording ${done}`).toBe(expected[i]);
    await watch.after(done);
  }
  const seconds = (performance.now() - began) / 1000;
  predictor.destroy();
  keepResults(
    'soak-recordings',
    { recordings, seconds, memory: watch.summary() },
    engine.gpu.adapter,
  );
  watch.expectFlat();
});
