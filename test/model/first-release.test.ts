import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { ConfigError } from '../../src/core/errors.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { readModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

/** A run of alstm 0.1.0 of 2026-11-24, without its checkpoints. */
const run = 'test/fixtures/release-0.1.0';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
}, 60_000);
afterAll(() => engine.close());

/** A second of a rising tone with an overtone, at 16 kHz. */
function tone(): Uint8Array {
  const samples = Float32Array.from({ length: 16_000 }, (_, i) => {
    const t = i / 16_000;
    const wave = Math.sin(2 * Math.PI * (180 + 40 * t) * t) + 0.5 * Math.sin(4 * Math.PI * 180 * t);
    return 0.3 * wave * Math.min(1, 20 * t) * (1 - 0.5 * t);
  });
  return encodeWav(samples, 16_000);
}

test('a model of 0.1.0 answers as it did then', async () => {
  const model = await readModel(new NodeFiles(), run);
  expect(model.provenance?.version).toBe('0.1.0');
  const predictor = new Predictor(engine, model);
  const files = new MemoryFiles({ 'tone.wav': tone() });
  const { tasks, attention = [] } = await predictor.predictFile(files, 'tone.wav');
  predictor.destroy();
  // What 0.1.0 said, on SwiftShader.
  expect(tasks['emotion']?.label).toBe('neutral');
  expect(tasks['emotion']?.scores['anger']).toBeCloseTo(0.4875357449054718, 6);
  expect(tasks['emotion']?.scores['neutral']).toBeCloseTo(0.5124642848968506, 6);
  expect(attention).toHaveLength(98);
  for (const [frame, share] of [
    [0, 0.010215584188699722],
    [49, 0.010209549218416214],
    [97, 0.010190259665250778],
  ] as const) {
    expect(attention[frame]).toBeCloseTo(share, 7);
  }
});

test('a run of 0.1.0, whose plan was of another form, cannot be continued', async () => {
  const reading = readRunConfig(new NodeFiles(), run);
  await expect(reading).rejects.toThrow(ConfigError);
  await expect(reading).rejects.toThrow('plan.version is 1, expected 3');
});
