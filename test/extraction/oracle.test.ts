import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { extractionProblem } from '../../src/extraction/sets.js';
import { featureSetNames } from '../../src/core/choices.js';
import { featureSet } from '../../src/features/sets/registry.js';
import { Engine } from '../../src/gpu/engine.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { ExtractionSession } from '../../src/session/extraction-session.js';
import { verifyExtraction } from '../../src/session/verify-extraction.js';
import { tinySet } from '../features/tiny-set.js';
import { testGpu } from '../support/gpu.js';

const root = new URL('../fixtures/', import.meta.url);
const fixtures = ['features', 'voice'].flatMap((folder) =>
  readdirSync(new URL(folder, root)).map((name) => `${folder}/${name}`),
);
const read = (name: string) => readSafetensors(readFileSync(new URL(name, root)));

let engine: Engine;
beforeAll(async () => {
  engine = new Engine(await testGpu(), nodeShaders);
});

describe('features on the GPU', () => {
  it.each(fixtures)('agree with the oracle on %s', async (name) => {
    const { tensor, error, tolerance } = await verifyExtraction(engine, read(name), name);
    expect(error, tensor).toBeLessThanOrEqual(tolerance);
  });

  it('are refused where one value is off', async () => {
    const file = read('features/speech_3.safetensors');
    const tensors = new Map(file.tensors);
    const { data, ...rest } = tensors.get('expect/features')!;
    const changed = (data as Float32Array).slice();
    changed[20 * 36 + 9]! += 1;
    tensors.set('expect/features', { ...rest, data: changed } as typeof rest & { data: never });
    const worst = await verifyExtraction(engine, { ...file, tensors }, 'x');
    expect(worst.tensor).toBe('expect/features: mfcc_2');
    expect(worst.error).toBeGreaterThan(worst.tolerance);
  });

  it('exist of every built-in set', () => {
    for (const id of featureSetNames) {
      expect(extractionProblem(featureSet(id)), id).toBeUndefined();
      expect(extractionProblem(featureSet(`${id}+delta`)), id).toBeUndefined();
    }
  });

  it('do not of a set that a program adds, in one line', () => {
    const make = () => new ExtractionSession(engine, tinySet());
    expect(make).toThrow(UsageError);
    expect(make).toThrow('tiny3 has no GPU kernels: its extract runs on the CPU');
  });
});

describe('several recordings at once', () => {
  const set = featureSet('voice56+delta');
  const signals = ['speech_3', 'half_silent', 'one_frame', 'noise'].map(
    (name) =>
      read(`features/${name}.safetensors`).tensors.get('input/samples')?.data as Float32Array,
  );
  let session: ExtractionSession;
  beforeAll(() => {
    session = new ExtractionSession(engine, set);
  });
  afterAll(() => session.destroy());

  it('are each as by themselves, also after a larger batch', async () => {
    const together = await session.extract(signals);
    for (const [i, features] of together.entries()) {
      const [alone] = await session.extract([signals[i]!]);
      expect(features.length).toBe(set.frames(signals[i]!.length) * set.dimensions);
      expect(features.findIndex((x, at) => x !== alone?.[at])).toBe(-1);
    }
  });

  it('refuse one that is shorter than a frame', async () => {
    await expect(session.extract([signals[0]!, new Float32Array(399)])).rejects.toThrow(
      'recording 1: 399 samples at 16 kHz are less than one frame of 400',
    );
  });
});
