import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/core/safetensors.js';
import { featureSet } from '../../src/features/sets/registry.js';
import { Engine } from '../../src/gpu/engine.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { ExtractionSession } from '../../src/session/extraction-session.js';
import { testGpu } from '../support/gpu.js';

const root = new URL('../fixtures/', import.meta.url);
const fixtures = ['features', 'voice'].flatMap((folder) =>
  readdirSync(new URL(folder, root)).map((name) => `${folder}/${name}`),
);

describe('x', () => {
  it.each(fixtures)('%s', async (name) => {
    const { tensors, metadata } = readSafetensors(readFileSync(new URL(name, root)));
    const set = featureSet(metadata['set'] ?? (name.startsWith('voice') ? 'voice20' : 'prosody36'));
    const samples = tensors.get('input/samples')?.data as Float32Array;
    const expected = tensors.get('expect/features')?.data as Float32Array;
    const engine = new Engine(await testGpu(), nodeShaders);
    const session = new ExtractionSession(engine, set);
    const [got] = await session.extract([samples]);
    session.destroy();
    const F = set.dimensions;
    const T = expected.length / F;
    const lines = set.names.map((column, f) => {
      let d = 0, n = 0;
      let worst = 0, at = 0;
      for (let t = 0; t < T; t++) {
        const e = expected[t * F + f]!, g = got![t * F + f]!;
        d += (e - g) ** 2; n += e * e;
        if (Math.abs(e - g) > worst) { worst = Math.abs(e - g); at = t; }
      }
      const err = Math.sqrt(d) / Math.max(Math.sqrt(n), 1e-6);
      return [column, err, worst, at, expected[at * F + f], got![at * F + f]] as const;
    }).filter(([, err]) => !(err < 1e-5));
    console.log(name, T, lines.map((l) => l.join(' ')).join('\n'));
    expect(got!.length).toBe(expected.length);
  });
});
