import { afterEach, beforeEach, expect, it } from 'vitest';
import { TrainingSession } from '../../src/session/training-session.js';
import type { Engine } from '../../src/gpu/engine.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';
import { openRefusable, refuseMemory, type Refusals } from '../support/refuse-memory.js';

const model = tinyModel({ dropout: 0.5 });
const parameters = randomParameters(model);
const batch = randomBatch(model, [17, 3, 9, 12, 1, 8, 17, 14]);

let engine: Engine;
let memory: Refusals;
let lines: string[];

/** Of a device that holds freed memory until it is waited for. */
beforeEach(async () => {
  engine = await openRefusable();
  memory = refuseMemory(engine.gpu, Infinity, { small: 0, late: true });
  lines = [];
}, 60_000);
afterEach(() => {
  engine.gpu.check();
  engine.close();
});

function open(): Promise<TrainingSession> {
  const optimizer = { name: 'sgd', momentum: 0.9 } as const;
  const log = (line: string) => lines.push(line);
  return TrainingSession.create(engine, model, { parameters, optimizer, seed: 3, log });
}

async function close(session: TrainingSession): Promise<void> {
  session.destroy();
  await engine.gpu.device.queue.onSubmittedWorkDone();
  expect(memory.held).toBe(0);
}

it('is waited for by programs that take turns: no batch is split', async () => {
  const rich = await open();
  await rich.predict(batch);
  await rich.step(batch, 0.05);
  const { peak } = memory;
  const expected = await rich.parameters();
  await close(rich);
  memory.most = peak - 1; // too little for both programs at once
  const session = await open();
  await session.predict(batch);
  expect(memory.refused).toBe(0);
  await session.step(batch, 0.05);
  expect(memory.refused).toBeGreaterThan(0);
  expect(lines).toEqual([]);
  memory.most = Infinity;
  expect(await session.parameters()).toEqual(expected);
  await close(session);
});

it('is waited for before parameters are read in its stead', async () => {
  const session = await open();
  await session.step(batch, 0.05);
  const expected = await session.parameters();
  await engine.gpu.device.queue.onSubmittedWorkDone();
  memory.most = memory.held;
  expect(await session.parameters()).toEqual(expected);
  expect(memory.refused).toBe(1);
  await close(session);
});
