import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { ModelConfig } from '../../src/core/config.js';
import { parseJson } from '../../src/core/json.js';
import { recurrentLayers } from '../../src/core/layers.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { parseModelConfig } from '../../src/network/model-config.js';
import { verifyNetworkFixture, type VerifyOptions } from '../../src/session/verify.js';
import { testEngine } from './engine.js';

const folder = fileURLToPath(new URL('../fixtures/network/', import.meta.url));

/** The network fixtures of the PyTorch oracle. */
export const networkFixtures = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));

export function readNetworkFixture(name: string) {
  const file = readSafetensors(readFileSync(folder + name), { source: name });
  return { file, model: parseModelConfig(parseJson(file.metadata['config'] ?? '', name), name) };
}

export async function expectFixture(name: string, options: VerifyOptions = {}): Promise<void> {
  const { file } = readNetworkFixture(name);
  const found = await verifyNetworkFixture(await testEngine(), file, name, options);
  // logits, losses, gradients, trajectory and, in single precision, changed parameters: none may be missing
  const half = (options.plan?.precision ?? options.precision) === 'f16';
  const expected = [...file.tensors.keys()].filter(
    (tensor) => tensor.startsWith('expect/') && !(half && tensor.startsWith('expect/param_after/')),
  );
  expect(found.map(({ tensor }) => tensor).sort()).toEqual(expected.sort());
  expect(found.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
}

export function mostUnits(model: ModelConfig): number {
  return Math.max(...recurrentLayers(model).map(({ units }) => units));
}
