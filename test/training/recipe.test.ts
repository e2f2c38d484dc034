import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { augmentRecipe } from '../../src/core/augment.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import type { Dataset } from '../../src/data/dataset.js';
import type { Engine } from '../../src/gpu/engine.js';
import { readModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { readLog, type EpochLog } from '../../src/runs/log.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { mergeSettings, type RunSettings } from '../../src/runs/settings.js';
import { train, type TrainOptions } from '../../src/training/trainer.js';
import { syntheticData, tinySettings } from '../data/synthetic.js';
import { testAdapter } from '../support/gpu.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';

const data = syntheticData();
const withTraining = (training: RunSettings['training']) =>
  mergeSettings(tinySettings, { training: { checkpointSteps: 2, ...training } });
/** Everything that draws or averages. */
const recipe = withTraining({
  ema: 0.9,
  augment: augmentRecipe,
  sampling: 'balanced',
  keep: 'last',
  optimizer: { name: 'adamw', weight_decay: 0.05 },
  schedule: { name: 'cosine', warmupShare: 0.2 },
});

/** A dataset without its utterances. */
function withoutUtterances(dataset: Dataset): Dataset {
  const targets = Object.keys(dataset.targets).map((task) => [task, new Int32Array()] as const);
  const read = () => Promise.resolve([]);
  return {
    ...dataset,
    ...{ lengths: new Int32Array(), targets: Object.fromEntries(targets), paths: [], seconds: 0 },
    read,
  };
}

let engine: Engine;
let files: MemoryFiles;
let whole: Awaited<ReturnType<typeof train>>;

function start(more: Partial<TrainOptions> = {}): ReturnType<typeof train> {
  return train({ engine, files, out: 'run', data, settings: recipe, seed: 5, ...more });
}

function timeless(log: readonly EpochLog[]): unknown[] {
  return log.map((entry) => ({ ...entry, seconds: 0, framesPerSecond: 0 }));
}

async function newest(from: MemoryFiles) {
  const names = await from.list('run/checkpoints');
  const { tensors } = readSafetensors(await from.read(`run/checkpoints/${names.at(-1)}`));
  return { name: names.at(-1), tensors };
}

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
  files = new MemoryFiles();
  whole = await start();
}, 120_000);

afterAll(() => engine.close());

describe('a run with averaging, augmentation and balanced sampling', () => {
  it('saves the average of the last epoch, and both in the checkpoint', async () => {
    expect(whole.best?.epoch).toBe(3);
    expect(whole.log.map(({ best }) => best)).toEqual([true, true, true]);
    const { tensors } = await newest(files);
    const { parameters } = await readModel(files, 'run');
    for (const [name, { data: values }] of Object.entries(parameters)) {
      expect(values).toEqual(tensors.get(`average/${name}`)?.data);
      expect(values).not.toEqual(tensors.get(`parameters/${name}`)?.data);
    }
    const { training } = await readRunConfig(files, 'run');
    expect(training).toMatchObject({
      ...{ ema: 0.9, augment: augmentRecipe, sampling: 'balanced', keep: 'last' },
      schedule: { warmupShare: 0.2 },
    });
  });

  it.each([
    ['in the middle of the first epoch', '000004'],
    ['in the middle of a later epoch', '000008'],
    ['at the end of an epoch', '0000010'],
  ])('resumes to the same bits when killed %s', async (_, step) => {
    const cut = new MemoryFiles();
    let dead = false;
    cut.failOn((_op, path) => {
      dead ||= path.includes(step);
      return dead ? diskFull(path) : undefined;
    });
    await expect(start({ files: cut })).rejects.toThrow('disk is full');
    cut.failOn(() => undefined);
    const result = await start({ files: cut, resume: true, settings: undefined, seed: undefined });
    expect(timeless(result.log)).toEqual(timeless(whole.log));
    expect(await newest(cut)).toEqual(await newest(files));
    expect(await cut.read('run/model/model.safetensors')).toEqual(
      await files.read('run/model/model.safetensors'),
    );
    expect(await readLog(cut, 'run')).toEqual(result.log);
  });

  it('trains otherwise where only one of them is off', async () => {
    const first = whole.log[0]?.train.total;
    for (const off of [{ augment: {} }, { sampling: 'shuffled' as const }]) {
      const settings = mergeSettings(recipe, { training: { ...off, epochs: 1 } });
      const { log } = await start({ files: new MemoryFiles(), settings });
      expect(log[0]?.train.total).not.toBe(first);
    }
    const settings = mergeSettings(recipe, { training: { ema: 0 } });
    const without = await start({ files: new MemoryFiles(), settings });
    const losses = (log: readonly EpochLog[]) => log.map(({ train: own }) => own);
    expect(losses(without.log)).toEqual(losses(whole.log)); // the average takes no part in training
    expect(without.log.at(-1)?.validation).not.toEqual(whole.log.at(-1)?.validation);
  });

  it('learns', () => {
    const [first, last] = [whole.log[0], whole.log.at(-1)];
    expect(last?.train.total).toBeLessThan(first?.train.total ?? 0);
  });

  it('trains on everything where there is no validation side, and keeps the last', async () => {
    const own = new MemoryFiles();
    const settings = mergeSettings(recipe, { training: { patience: 1 } });
    const all = { ...data, validation: withoutUtterances(data.validation) };
    const { log, best, stopped } = await start({ files: own, data: all, settings });
    expect(log.map((entry) => [entry.epoch, entry.best, 'validation' in entry])).toEqual(
      [1, 2, 3].map((epoch) => [epoch, true, false]),
    );
    expect([best?.epoch, stopped]).toEqual([3, 'epochs']);
    expect(await readLog(own, 'run')).toEqual(log);
    expect((await readRunConfig(own, 'run')).data.validation.utterances).toBe(0);
    // validation takes no part in training
    expect(await newest(own)).toEqual(await newest(files));
    const again = await start({ files: own, data: all, settings: undefined, resume: true });
    expect(again.log).toEqual(log);
    const refused = start({
      files: new MemoryFiles(),
      data: all,
      settings: mergeSettings(recipe, { training: { keep: 'best' } }),
    });
    await expect(refused).rejects.toThrow('no validation utterances to choose the best epoch by');
  });

  it('keeps the best where that is not the last', async () => {
    const own = new MemoryFiles();
    const settings = withTraining({ ema: 0.5, epochs: 4, learningRate: 0.05 });
    const { log, best } = await start({ files: own, settings });
    const accuracies = log.map(({ validation }) => validation?.accuracy ?? NaN);
    expect(best?.epoch).toBe(accuracies.indexOf(Math.max(...accuracies)) + 1);
  });
});
