import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeviceClosedError, DeviceLostError } from '../../src/core/errors.js';
import type { Engine } from '../../src/gpu/engine.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { mergeSettings } from '../../src/runs/settings.js';
import { trainWithRecovery } from '../../src/training/train-with-recovery.js';
import { train, type TrainOptions } from '../../src/training/trainer.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { syntheticData, tinySettings } from '../data/synthetic.js';

const data = syntheticData();
const settings = mergeSettings(tinySettings, { training: { checkpointSteps: 2 } });
const open = (): Promise<Engine> => openEngine({ adapter: testAdapter() });

let whole: Uint8Array;
const opened: Engine[] = [];

async function reopen(): Promise<Engine> {
  const engine = await open();
  opened.push(engine);
  return engine;
}

async function options(files: MemoryFiles): Promise<TrainOptions> {
  return { engine: await reopen(), files, out: 'run', data, settings, seed: 5 };
}

beforeAll(async () => {
  const files = new MemoryFiles();
  await train(await options(files));
  whole = await files.read('run/model/model.safetensors');
}, 60_000);

afterAll(() => opened.forEach((engine) => engine.close()));

describe('training through a lost device', () => {
  it('goes on from the last checkpoint, to the same bits', async () => {
    const files = new MemoryFiles();
    const lines: string[] = [];
    const base = await options(files);
    const lost = new Set<number>();
    const result = await trainWithRecovery(
      {
        ...base,
        log: (line) => lines.push(line),
        onProgress: (told) => {
          if (told.kind !== 'epoch' || lost.has(told.log.epoch) || told.log.epoch > 2) return;
          lost.add(told.log.epoch); // once after each of the first two epochs
          opened.at(-1)?.gpu.device.destroy();
        },
      },
      reopen,
    );
    expect(result.stopped).toBe('epochs');
    expect(lost.size).toBe(2);
    const told = lines.filter((line) => line.includes('on a new device'));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/resuming from step \d+/);
    expect(await files.read('run/model/model.safetensors')).toEqual(whole);
  });

  it('begins anew where it was lost before there was a run', async () => {
    const files = new MemoryFiles();
    const base = await options(files);
    base.engine.gpu.device.destroy();
    await trainWithRecovery(base, reopen);
    expect(await files.read('run/model/model.safetensors')).toEqual(whole);
  });

  it('is given up where it gets no further', async () => {
    const files = new MemoryFiles();
    const base = await options(files);
    base.engine.gpu.device.destroy();
    let devices = 0;
    const dead = async (): Promise<Engine> => {
      devices++;
      const engine = await reopen();
      engine.gpu.device.destroy();
      return engine;
    };
    await expect(trainWithRecovery(base, dead)).rejects.toThrow(DeviceLostError);
    expect(devices).toBe(2);
  });

  it('opens no other device where the owner has closed it', async () => {
    const base = await options(new MemoryFiles());
    const before = opened.length;
    const closing: TrainOptions = { ...base, onProgress: () => base.engine.close() };
    await expect(trainWithRecovery(closing, reopen)).rejects.toThrow(DeviceClosedError);
    expect(opened).toHaveLength(before);
  });

  it('passes on what is no loss', async () => {
    const base = await options(new MemoryFiles({ 'run/x': 'in use' }));
    await expect(trainWithRecovery(base, reopen)).rejects.toThrow('not empty');
  });
});
