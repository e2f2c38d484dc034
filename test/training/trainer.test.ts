import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CorpusError, FileError } from '../../src/core/errors.js';
import { VERSION } from '../../src/core/version.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { TrainingSession } from '../../src/session/training-session.js';
import type { Engine } from '../../src/gpu/engine.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { mergeSettings, type RunSettings } from '../../src/runs/settings.js';
import type { EpochLog } from '../../src/runs/log.js';
import { readLog } from '../../src/runs/log.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { train, type TrainOptions, type TrainProgress } from '../../src/training/trainer.js';
import { testAdapter } from '../support/gpu.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import { syntheticData, tinySettings } from '../data/synthetic.js';

const data = syntheticData();
const withSteps = (settings: RunSettings['training']) =>
  mergeSettings(tinySettings, { training: { ...settings } });
/** Five batches an epoch, and a checkpoint every two steps. */
const settings = withSteps({ checkpointSteps: 2 });

let engine: Engine;
let files: MemoryFiles;
let whole: Awaited<ReturnType<typeof train>>;

function start(more: Partial<TrainOptions> = {}): ReturnType<typeof train> {
  return train({ engine, files, out: 'run', data, settings, seed: 5, ...more });
}

/** What has to agree to the bit: all but times. */
function timeless(log: readonly EpochLog[]): unknown[] {
  return log.map(({ seconds, framesPerSecond, ...rest }) => {
    expect(seconds).toBeGreaterThan(0);
    expect(framesPerSecond).toBeGreaterThan(0);
    return rest;
  });
}

/** The tensors of the newest checkpoint, without times. */
async function newest(from: MemoryFiles): Promise<unknown> {
  const names = await from.list('run/checkpoints');
  const bytes = await from.read(`run/checkpoints/${names.at(-1)}`);
  const { tensors, metadata } = readSafetensors(bytes);
  return { name: names.at(-1), tensors, config: metadata['config'] };
}

/** Files that are cut off from the operation on that `at` accepts, as a killed process leaves them. */
function cutOffAt(at: (op: string, path: string) => boolean): MemoryFiles {
  const cut = new MemoryFiles();
  let dead = false;
  cut.failOn((op, path) => {
    dead ||= at(op, path);
    return dead ? diskFull(path) : undefined;
  });
  return cut;
}

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
  files = new MemoryFiles();
  whole = await start();
}, 120_000);

afterAll(() => engine.close());

describe('a log whose last line is cut off', () => {
  async function cut(settings: RunSettings): Promise<MemoryFiles> {
    const own = new MemoryFiles();
    await start({ files: own, settings });
    const text = new TextDecoder().decode(await own.read('run/log.jsonl'));
    await own.write('run/log.jsonl', text.slice(0, -40));
    return own;
  }

  it('sends a run back to the checkpoint before, and on to the same bits', async () => {
    const own = await cut(settings);
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const result = await start({ files: own, resume: true, settings: undefined, log });
    expect(lines).toEqual([
      'run/log.jsonl has 2 epochs, but the checkpoint was written after 3; falling back to the previous checkpoint',
    ]);
    expect(timeless(result.log)).toEqual(timeless(whole.log));
    expect(await newest(own)).toEqual(await newest(files));
    expect(await readLog(own, 'run')).toEqual(result.log);
  });

  it('ends it where no checkpoint is left', async () => {
    const own = await cut(withSteps({ epochs: 1 }));
    await expect(start({ files: own, resume: true, settings: undefined })).rejects.toThrow(
      'run/log.jsonl has 0 epochs, but the checkpoint was written after 1',
    );
  });
});

describe('train', () => {
  it('writes a run folder: config, a log line an epoch, two checkpoints, the best model', async () => {
    expect(files.paths()).toEqual([
      'run/checkpoints/step-0000000014.safetensors',
      'run/checkpoints/step-0000000015.safetensors',
      'run/config.json',
      'run/log.jsonl',
      'run/model/config.json',
      'run/model/model.safetensors',
    ]);
    const config = await readRunConfig(files, 'run');
    expect(config).toMatchObject({
      version: VERSION,
      adapter: engine.gpu.adapter.name,
      driver: engine.gpu.adapter.driver,
      plan: { version: 3 },
      seed: 5,
      training: { epochs: 3, batch: 3, optimizer: { name: 'adam', beta1: 0.9 } },
      data: { training: { utterances: 13 }, validation: { utterances: 6 } },
    });
    const log = await readLog(files, 'run');
    expect(log).toEqual(whole.log);
    expect(log.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 5],
      [2, 10],
      [3, 15],
    ]);
    expect(whole.stopped).toBe('epochs');
  });

  it('learns: the training loss falls, and the total is the weighted sum of the tasks', () => {
    const [first, , last] = whole.log;
    expect(last?.train.total).toBeLessThan(0.9 * (first?.train.total ?? 0));
    for (const { train, validation, gradientNorm } of whole.log) {
      for (const side of [train, validation]) {
        const { total = NaN, tasks = {} } = side ?? {};
        expect(total).toBeCloseTo((tasks['emotion'] ?? NaN) + 0.3 * (tasks['speaker'] ?? NaN), 5);
      }
      expect(gradientNorm).toBeGreaterThan(0);
    }
  });

  it('keeps the model of the first best epoch, and says so in its provenance', async () => {
    const accuracies = whole.log.map(({ validation }) => validation?.accuracy ?? NaN);
    const best = accuracies.indexOf(Math.max(...accuracies)) + 1;
    expect(whole.best?.epoch).toBe(best);
    const { labels, provenance } = await readModel(files, 'run');
    expect(labels).toEqual({ emotion: ['anger', 'neutral', 'sadness'], speaker: ['ann', 'bob'] });
    expect(provenance).toEqual({
      version: VERSION,
      adapter: engine.gpu.adapter.name,
      driver: engine.gpu.adapter.driver,
      data: '13 training utterances',
      seed: 5,
    });
  });

  it('gives the same bits again, and others with another seed', async () => {
    const again = new MemoryFiles();
    const result = await start({ files: again });
    expect(timeless(result.log)).toEqual(timeless(whole.log));
    expect(await newest(again)).toEqual(await newest(files));
    const other = await start({ files: new MemoryFiles(), seed: 6 });
    expect(other.log[0]?.train.total).not.toBe(whole.log[0]?.train.total);
  });

  it('reports every epoch, and steps in between', async () => {
    const told: TrainProgress[] = [];
    const once = withSteps({ epochs: 1, batch: 1 });
    await start({
      files: new MemoryFiles(),
      settings: once,
      onProgress: (progress) => told.push(progress),
    });
    const step = told.find(({ kind }) => kind === 'step');
    expect(step).toMatchObject({ epoch: 1, epochs: 1, batches: 13, learningRate: 0.01 });
    expect(told.at(-1)).toMatchObject({ kind: 'epoch', log: { epoch: 1, step: 13 } });
  });
});

describe('train, on the device', () => {
  it('makes no buffer, bind group or pipeline in any step', async () => {
    const { device } = engine.gpu;
    const makers = ['createBuffer', 'createBindGroup', 'createComputePipelineAsync'] as const;
    const spies = makers.map((maker) => vi.spyOn(device, maker));
    const made = (): number => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    const inSteps: number[] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its session below
    const step = TrainingSession.prototype.step;
    const stepSpy = vi.spyOn(TrainingSession.prototype, 'step');
    stepSpy.mockImplementation(async function (this: TrainingSession, ...args) {
      const before = made();
      await step.apply(this, args);
      inSteps.push(made() - before);
    });
    try {
      await start({ files: new MemoryFiles() });
      expect(made()).toBeGreaterThan(0);
    } finally {
      for (const spy of [stepSpy, ...spies]) spy.mockRestore();
    }
    expect(inSteps).toEqual(new Array(15).fill(0));
  });

  it('writes a trace of the first ten steps, where the adapter can time passes', async () => {
    const own = new MemoryFiles();
    const traced = start({ files: own, trace: 'trace.json' });
    if (!engine.gpu.features.has('timestamp-query')) {
      await expect(traced).rejects.toThrow('has no timestamp queries');
      expect(own.paths()).toEqual([]);
      return;
    }
    expect(timeless((await traced).log)).toEqual(timeless(whole.log));
    const text = new TextDecoder().decode(await own.read('trace.json'));
    const { traceEvents } = JSON.parse(text) as { traceEvents: { name: string }[] };
    expect(traceEvents.filter(({ name }) => name === 'adam')).toHaveLength(10);
  });
});

describe('train --resume', () => {
  it.each([
    ['in the middle of the first epoch', (_: string, path: string) => path.includes('000004')],
    ['in the middle of a later epoch', (_: string, path: string) => path.includes('000008')],
    [
      'before the best model is written',
      (op: string, path: string) => op === 'write' && path.includes('model.safetensors'),
    ],
    ['between log and checkpoint', (_: string, path: string) => path.includes('0000010')],
  ])('goes on to the same bits when killed %s', async (_, at) => {
    const cut = cutOffAt(at);
    await expect(start({ files: cut })).rejects.toThrow('disk is full');
    cut.failOn(() => undefined);
    const result = await start({ files: cut, resume: true, settings: undefined, seed: undefined });
    expect(timeless(result.log)).toEqual(timeless(whole.log));
    expect(await newest(cut)).toEqual(await newest(files));
    expect(await cut.read('run/model/model.safetensors')).toEqual(
      await files.read('run/model/model.safetensors'),
    );
    expect(timeless(await readLog(cut, 'run'))).toEqual(timeless(whole.log));
    expect(cut.paths()).toEqual(files.paths());
  });

  it('stops when asked to, with a checkpoint, and goes on to the same bits', async () => {
    const own = new MemoryFiles();
    const small = withSteps({ batch: 1, epochs: 2 });
    const uninterrupted = await start({ files: own, settings: small });
    const stopped = new MemoryFiles();
    const abort = new AbortController();
    const first = await start({
      files: stopped,
      settings: small,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    expect(first.stopped).toBe('interrupted');
    expect(await stopped.list('run/checkpoints')).toEqual(['step-0000000010.safetensors']);
    const second = await start({ files: stopped, settings: undefined, resume: true });
    expect(timeless(second.log)).toEqual(timeless(uninterrupted.log));
    expect(await newest(stopped)).toEqual(await newest(own));
  });

  it('gives the same bits where a memory budget splits the batches', async () => {
    // Room for parameters, gradients, moments and part of a batch.
    const budget = { checkpointSteps: 2, memoryBudget: 80_000 };
    const own = new MemoryFiles();
    const split = await start({ files: own, settings: withSteps(budget) });
    const cut = cutOffAt((_, path) => path.includes('000008'));
    await expect(start({ files: cut, settings: withSteps(budget) })).rejects.toThrow('disk');
    cut.failOn(() => undefined);
    const result = await start({ files: cut, resume: true, settings: undefined });
    expect(timeless(result.log)).toEqual(timeless(split.log));
    expect(await newest(cut)).toEqual(await newest(own));
    // The same sums in another order: close, and not the same bits, or nothing was split.
    const [a, b] = [split.log[0]?.train.total ?? NaN, whole.log[0]?.train.total ?? NaN];
    expect(a).not.toBe(b);
    expect(Math.abs(a - b)).toBeLessThan(1e-3);
  });

  it('goes back one checkpoint, with a warning, where the newest is damaged', async () => {
    const cut = cutOffAt((_, path) => path.includes('000010'));
    await expect(start({ files: cut })).rejects.toThrow('disk is full');
    cut.failOn(() => undefined);
    const path = 'run/checkpoints/step-0000000008.safetensors';
    const bytes = await cut.read(path);
    const damaged = { flipped: bytes.slice(), short: bytes.slice(0, -9) };
    damaged.flipped[bytes.length - 5]! ^= 1;
    for (const broken of Object.values(damaged)) {
      await cut.write(path, broken);
      const copy = new MemoryFiles();
      for (const name of cut.paths()) await copy.write(name, await cut.read(name));
      const lines: string[] = [];
      const result = await start({ files: copy, resume: true, log: (line) => lines.push(line) });
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/step-0000000008.*falling back to the previous checkpoint/);
      expect(timeless(result.log)).toEqual(timeless(whole.log));
      expect(await newest(copy)).toEqual(await newest(files));
    }
  });

  it('drops a broken last line of the log', async () => {
    const cut = cutOffAt((op, path) => op === 'write' && path.includes('0000010'));
    await expect(start({ files: cut })).rejects.toThrow('disk is full');
    cut.failOn(() => undefined);
    const text = new TextDecoder().decode(await cut.read('run/log.jsonl'));
    expect(text.trim().split('\n')).toHaveLength(2);
    await cut.write('run/log.jsonl', `${text}{"epoch":3,"st`);
    const result = await start({ files: cut, resume: true });
    expect(timeless(result.log)).toEqual(timeless(whole.log));
    expect(timeless(await readLog(cut, 'run'))).toEqual(timeless(whole.log));
  });

  it('does nothing where the run is finished', async () => {
    const before = files.paths();
    const result = await start({ resume: true });
    expect(result).toEqual({ ...whole, stopped: 'epochs' });
    expect(files.paths()).toEqual(before);
  });

  it('warns where the run was on another machine, by another version, and records both', async () => {
    const cut = cutOffAt((_, path) => path.includes('000008'));
    await expect(start({ files: cut })).rejects.toThrow('disk is full');
    cut.failOn(() => undefined);
    const config = JSON.parse(
      new TextDecoder().decode(await cut.read('run/config.json')),
    ) as object;
    await cut.write(
      'run/config.json',
      JSON.stringify({ ...config, version: '0.1.0', adapter: 'abacus' }),
    );
    const lines: string[] = [];
    await start({ files: cut, resume: true, log: (line) => lines.push(line) });
    expect(lines).toEqual([
      expect.stringMatching(/^warning: .*by alstm 0\.1\.0 on abacus.*not be bit-identical/),
    ]);
    expect(await readRunConfig(cut, 'run')).toMatchObject({
      adapter: engine.gpu.adapter.name,
      version: VERSION,
      earlier: [{ version: '0.1.0', adapter: 'abacus', untilStep: 6 }],
    });
  });

  it('refuses another configuration, seed, corpus, and a folder that is no run', async () => {
    const resume = (more: Partial<TrainOptions>) => start({ resume: true, ...more });
    await expect(resume({ settings: { training: { epochs: 9 } } })).rejects.toThrow(
      'run was started with training.epochs 3, now it is 9',
    );
    await expect(resume({ settings: { model: { recurrent: { cell: 'lstm' } } } })).rejects.toThrow(
      'run was started with model.recurrent.cell "a-lstm", now it is "lstm"',
    );
    await expect(resume({ seed: 4 })).rejects.toThrow('run was started with seed 5, now it is 4');
    await expect(resume({ initFrom: 'x' })).rejects.toThrow('initFrom not set, now it is "x"');
    await expect(resume({ data: syntheticData(13, 6, 2) })).rejects.toThrow(CorpusError);
    await expect(resume({ out: 'elsewhere' })).rejects.toThrow(FileError);
  });
});

describe('train, when it cannot', () => {
  const fresh = (more: Partial<TrainOptions>) => start({ files: new MemoryFiles(), ...more });

  it('refuses a folder in use and leaves it as it was', async () => {
    const before = files.paths();
    await expect(start()).rejects.toThrow('the folder exists and is not empty');
    expect(files.paths()).toEqual(before);
  });

  it('refuses data without labels of emotion', async () => {
    const none = new Int32Array(6).fill(-1);
    const validation = { ...data.validation, targets: { emotion: none } };
    await expect(fresh({ data: { ...data, validation } })).rejects.toThrow(
      'no validation utterance has a label for the task "emotion"',
    );
  });

  it('stops where training diverges, naming the epoch, and writes no model', async () => {
    const own = new MemoryFiles();
    const wild = withSteps({ learningRate: 1e38, clipNorm: 0, optimizer: { name: 'sgd' } });
    await expect(start({ files: own, settings: wild })).rejects.toThrow(
      /^training diverged in epoch 1: /,
    );
    expect(own.paths()).toEqual(['run/config.json']);
  });

  it('passes a full disk on and leaves nothing half-written', async () => {
    const own = cutOffAt((op, path) => op === 'write' && path.endsWith('model/config.json'));
    await expect(start({ files: own })).rejects.toThrow('disk is full');
    expect(own.paths().filter((path) => path.includes('tmp'))).toEqual([]);
    await expect(readModel(new MemoryFiles(), 'run')).rejects.toThrow(FileError);
  });
});

describe('train --init-from', () => {
  it('takes parameters over, begins heads of other classes anew, and says so', async () => {
    const lines: string[] = [];
    const other = syntheticData(14, 6, 3);
    const labels = { ...other.labels, speaker: ['bob', 'cid'] };
    const own = new MemoryFiles();
    for (const name of files.paths()) await own.write(name, await files.read(name));
    // A rate too small to move anything: what comes out is what went in.
    const result = await start({
      files: own,
      out: 'tuned',
      data: { ...other, labels },
      settings: withSteps({ epochs: 1, learningRate: 1e-30 }),
      initFrom: 'run',
      log: (line) => lines.push(line),
    });
    expect(lines).toEqual([
      'run: head speaker starts from scratch: its labels were ann, bob',
      'run: 15 of 17 parameters loaded',
    ]);
    const before = (await readModel(files, 'run')).parameters;
    const after = (await readModel(own, result.model)).parameters;
    expect(after['recurrent.forward.weight_hh']).toEqual(before['recurrent.forward.weight_hh']);
    expect(after['heads.emotion.output.weight']).toEqual(before['heads.emotion.output.weight']);
    expect(after['heads.speaker.output.weight']).not.toEqual(before['heads.speaker.output.weight']);
    expect((await readRunConfig(own, 'tuned')).initFrom).toBe('run');
  });

  it('keeps the licence of the model, and says so; not when it is to be trusted', async () => {
    const lines: string[] = [];
    const own = new MemoryFiles();
    const base = await readModel(files, 'run');
    const confidence = { emotion: { threshold: 0.5, measured: [] } };
    await writeModel(own, 'base', { ...base, license: 'CC-BY-NC-SA-4.0', confidence });
    const settings = withSteps({ epochs: 2 });
    const options = { files: own, settings, log: (line: string) => void lines.push(line) };
    const stop = { aborted: false };
    const onProgress: TrainOptions['onProgress'] = ({ kind }) => {
      if (kind === 'epoch') stop.aborted = true;
    };
    await start({ ...options, initFrom: 'base', signal: stop, onProgress });
    expect(lines).toContain(
      "base: its licence, CC BY-NC-SA 4.0, is that of this run's model too, which is non-commercial",
    );
    await own.remove('base');
    const { model } = await start({ ...options, resume: true });
    const trained = await readModel(own, model);
    expect(trained.license).toBe('CC-BY-NC-SA-4.0');
    expect(trained).not.toHaveProperty('confidence');
  });
});
