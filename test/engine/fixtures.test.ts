import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/core/safetensors.js';
import { verifyNetworkFixture } from '../../src/engine/verify.js';
import { testEngine } from '../support/engine.js';

const folder = fileURLToPath(new URL('../fixtures/network/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));

describe('network fixtures of the PyTorch oracle', () => {
  it('are all here', () => {
    expect(names).toHaveLength(18);
  });

  for (const name of names) {
    it(name, async () => {
      const file = readSafetensors(readFileSync(folder + name), { source: name });
      const found = await verifyNetworkFixture(await testEngine(), file, name);
      // logits, losses, gradients, trajectory and changed parameters: none may be missing
      const expected = [...file.tensors.keys()].filter((tensor) => tensor.startsWith('expect/'));
      expect(found.map(({ tensor }) => tensor).sort()).toEqual(expected.sort());
      expect(found.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    });
  }
});
