import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { TrainingSession } from '../../src/session/training-session.js';
import type { Engine } from '../../src/gpu/engine.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';
import { openRefusable, refuseMemory, type Refusals } from '../support/refuse-memory.js';

const model = tinyModel({ dropout: 0.5 });
const parameters = randomParameters(model);
const optimizer = { name: 'sgd', momentum: 0.9 } as const;
const batch = randomBatch(model, [17, 3, 9, 12]);
const bad = { ...batch, features: batch.features.map(() => NaN) };

let engine: Engine;
let memory: Refusals;
let session: TrainingSession;

beforeEach(async () => {
  engine = await openRefusable();
  memory = refuseMemory(engine.gpu, Infinity, { small: 0 });
  session = await TrainingSession.create(engine, model, { parameters, optimizer, seed: 3 });
}, 60_000);
afterEach(() => {
  session.destroy();
  engine.gpu.check();
  engine.close();
});

describe('losses and loss scale', () => {
  it('are read where the device has no byte left, and each step counts once', async () => {
    await session.step(batch, 0.01);
    memory.most = memory.held;
    const first = session.readLosses();
    await session.step(bad, 0.01); // before the reading has arrived
    const second = session.readLosses();
    expect(await first).toMatchObject({ steps: 1, step: 1, faults: [] });
    expect((await first).total).toBeGreaterThan(0);
    expect(await second).toMatchObject({ steps: 1, step: 2, faults: [2] });
    expect(memory.refused).toBe(0);
    expect((await session.state()).lossScale).toEqual([1, 0, 1]);
    expect(memory.refused).toBe(1); // the parameters, for which programs made room
    await session.step(batch, 0.01);
    expect(await session.readLosses()).toMatchObject({ steps: 1, step: 3, faults: [] });
  });

  it('are read to the end where the session is destroyed meanwhile, and freed', async () => {
    await session.step(batch, 0.01);
    const reading = session.readLosses();
    session.destroy();
    expect(memory.held).toBeGreaterThan(0);
    expect((await reading).total).toBeGreaterThan(0);
    expect(memory.held).toBe(0);
  });

  it('are not taken by one reading too many', async () => {
    const readings = Array.from({ length: 8 }, () => session.readLosses());
    await expect(session.readLosses()).rejects.toThrow(UsageError);
    await Promise.all(readings);
    await session.step(batch, 0.01);
    const more = Array.from({ length: 9 }, () => session.readLosses());
    await expect(more[8]).rejects.toThrow('8 readings of losses are already in flight');
    expect((await Promise.all(more.slice(0, 8))).map(({ steps }) => steps)).toEqual([
      ...[1, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });
});
