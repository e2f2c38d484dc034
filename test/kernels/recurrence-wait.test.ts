import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/core/cells.js';
import { TrainingSession } from '../../src/session/training-session.js';
import type { Tensors } from '../../src/session/types.js';
import { Engine } from '../../src/gpu/engine.js';
import type { ShaderSource } from '../../src/kernels/shader.js';
import { choosePlan, type KernelPlan } from '../../src/plan/plan.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { testGpu } from '../support/gpu.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';

/** The shaders of the package, but workgroups hand nothing on and wait for one read. */
const silent: ShaderSource = (path) => {
  const text = nodeShaders(path);
  if (path !== 'recurrence_words') return text;
  const edited = text
    .replace(/atomicStore\(&exchange\[at\], .*;/, '')
    .replaceAll('u.patience', 'min(1u, u.patience)');
  if ((edited.match(/atomicStore/g) ?? []).length > 0 || !edited.includes('min(1u, u.patience)')) {
    throw new Error(`${path} hands words on in another way`);
  }
  return edited;
};

const cooperative = { variant: 'cooperative', rows: 4, units: 4, lanes: 8 } as const;

async function train(source: ShaderSource, cell: Cell, changes: Partial<KernelPlan> = {}) {
  const gpu = await testGpu();
  const tiny = tinyModel();
  const model = { ...tiny, recurrent: { ...tiny.recurrent, cell } };
  const { limits, adapter } = gpu;
  const chosen = choosePlan(model, {
    software: adapter.software,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
  });
  const session = await TrainingSession.create(new Engine(gpu, source), model, {
    parameters: randomParameters(model),
    optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 },
    clipNorm: 5,
    plan: { ...chosen, ...changes },
  });
  return { session, batch: randomBatch(model, [9, 4, 2]) };
}

/** Parameters and moments, for comparisons to the bit. */
async function bits(session: TrainingSession): Promise<string> {
  const { parameters, optimizer } = await session.state();
  const text = (tensors: Tensors) =>
    Object.entries(tensors).map(([name, { data }]) => {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      return `${name}:${bytes.toString('base64')}`;
    });
  return [...text(parameters), ...text(optimizer)].join('\n');
}

describe('an update whose gradient is not finite', () => {
  for (const [way, cell] of [
    ['forward', 'lstm'],
    ['backward', 'lstm'],
    ['forward', 'a-lstm'],
  ] as const) {
    it(`is left out where a cooperative ${way} pass of ${cell} waited in vain`, async () => {
      const { session, batch } = await train(silent, cell, { [way]: cooperative });
      const before = await bits(session);
      for (let i = 0; i < 2; i++) await session.step(batch, 0.02);
      expect((await session.readLosses()).skipped).toBe(2);
      expect(await bits(session)).toBe(before);
      session.destroy();
    });
  }

  it('is left out where a feature is NaN; the next one is made', async () => {
    const { session, batch } = await train(nodeShaders, 'lstm');
    await session.step(batch, 0.02);
    expect((await session.readLosses()).skipped).toBe(0);
    const before = await bits(session);
    const features = batch.features.slice();
    features[20] = NaN;
    await session.step({ ...batch, features }, 0.02);
    expect((await session.readLosses()).skipped).toBe(1);
    expect(await bits(session)).toBe(before);
    await session.step(batch, 0.02);
    const { skipped, gradientNorm } = await session.readLosses();
    expect(skipped).toBe(0);
    expect(gradientNorm).toBeGreaterThan(0);
    expect(await bits(session)).not.toBe(before);
    session.destroy();
  });
});
