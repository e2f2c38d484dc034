import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { TrainingSession } from '../../src/session/training-session.js';
import type { Engine } from '../../src/gpu/engine.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { mergeSettings, type RunSettings } from '../../src/runs/settings.js';
import type { RunData } from '../../src/data/source.js';
import type { EpochLog } from '../../src/runs/log.js';
import { readLog } from '../../src/runs/log.js';
import { hashOf } from '../../src/runs/config.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { train, type TrainOptions } from '../../src/training/trainer.js';
import { testAdapter } from '../support/gpu.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import { changing } from '../data/rows.js';
import { syntheticData, tinySettings } from '../data/synthetic.js';
import { needs } from '../support/needs.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
});
afterAll(() => engine.close());
afterEach(() => void vi.restoreAllMocks());

const clean = syntheticData();

/** The data with one feature of training utterance 4, in frame 7, set. */
function withFeature(value: number, base: RunData = clean): RunData {
  return changed(base, 4, (matrix) => matrix.fill(value, 7 * 36 + 2, 7 * 36 + 3));
}

/** The data with a frame of training utterance 9 so loud that the network overflows. */
function withLoudFrame(base: RunData = clean): RunData {
  return changed(base, 9, (matrix) => matrix.fill(3e38, 7 * 36, 8 * 36));
}

function changed(
  base: RunData,
  utterance: number,
  change: (matrix: Float32Array) => Float32Array,
): RunData {
  const training = changing(base.training, (matrix, row) =>
    row === utterance ? change(matrix.slice()) : matrix,
  );
  return { ...base, training };
}

/** Five batches an epoch, three epochs. */
function settings(training: RunSettings['training'] = {}): RunSettings {
  return mergeSettings(tinySettings, { training: { ...training } });
}

interface Run {
  readonly files: MemoryFiles;
  readonly lines: string[];
  readonly run: (more?: Partial<TrainOptions>) => ReturnType<typeof train>;
}

function runOf(data: RunData, training: RunSettings['training'] = {}): Run {
  const [files, lines] = [new MemoryFiles(), [] as string[]];
  const log = (line: string): void => void lines.push(line);
  const own = { engine, files, out: 'run', data, settings: settings(training), seed: 5, log };
  return { files, lines, run: (more = {}) => train({ ...own, ...more }) };
}

async function modelBytes(files: MemoryFiles): Promise<unknown[]> {
  const paths = files.paths().filter((path) => path.startsWith('run/model/'));
  return Promise.all(paths.map(async (path) => [path, await files.read(path)]));
}

/** The tensors of the newest checkpoint and its progress, without times. */
async function newest(files: MemoryFiles): Promise<unknown> {
  const name = (await files.list('run/checkpoints')).at(-1);
  const { tensors, metadata } = readSafetensors(await files.read(`run/checkpoints/${name}`));
  const { seconds, ...progress } = JSON.parse(metadata['progress'] ?? '') as { seconds: number };
  expect(seconds).toBeGreaterThanOrEqual(0);
  return { name, tensors, progress };
}

function timeless(log: readonly EpochLog[]): unknown[] {
  return log.map((entry) => ({ ...entry, seconds: 0, framesPerSecond: 0 }));
}

/** Calls `before` in front of every step, with the number that it will have; its rate is what it gives. */
function beforeSteps(
  before: (session: TrainingSession, step: number, rate: number) => number | Promise<number>,
): () => number {
  let most = 0;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its session below
  const step = TrainingSession.prototype.step;
  vi.spyOn(TrainingSession.prototype, 'step').mockImplementation(async function (
    this: TrainingSession,
    batch,
    rate,
  ) {
    most = Math.max(most, this.stepCount + 1);
    await step.apply(this, [batch, await before(this, this.stepCount + 1, rate)]);
  });
  return () => most;
}

describe('stop, the default', () => {
  it.each([NaN, Infinity])('names step, recording and frame of a feature that is %s', async (x) => {
    const { files, run } = runOf(withFeature(x));
    const submitted = beforeSteps((_session, _step, rate) => rate);
    const error: unknown = await run().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConfigError);
    const { message, hint } = error as ConfigError;
    const [, step] =
      /^training diverged in epoch 1: step (\d): the features of training\/4.wav hold (?:NaN|Infinity) \(frame 7, feature 2\)$/.exec(
        message,
      ) ?? [];
    expect(hint).toBe(
      'Start a new run without that recording, or continue with --resume --on-non-finite skip.',
    );
    expect(submitted()).toBeLessThan(Number(step) + 10);
    expect(files.paths()).toEqual(['run/config.json']);
    expect(await readRunConfig(files, 'run')).toMatchObject({ training: { onNonFinite: 'stop' } });
  });

  it('says so within ten steps, whichever step it is', async () => {
    for (const bad of [1, 5, 6, 9]) {
      const { run } = runOf(clean, { batch: 1 });
      const submitted = beforeSteps((session, step, rate) => {
        if (step === bad) poison(session, NaN);
        return rate;
      });
      await expect(run()).rejects.toThrow(
        `epoch 1: step ${bad}: parameter 'frontend.weight' holds NaN (value 0)`,
      );
      expect(submitted()).toBeLessThan(bad + 10);
      vi.restoreAllMocks();
    }
  });

  it('names the parameter that a huge learning rate has ruined; the best model stays', async () => {
    const { files, run } = runOf(clean, { clipNorm: 0, optimizer: { name: 'sgd' } });
    const calm = runOf(clean, { clipNorm: 0, optimizer: { name: 'sgd' }, epochs: 1 });
    await calm.run();
    beforeSteps((_session, step, rate) => (step >= 7 ? 3e38 : rate));
    const error: unknown = await run().catch((e: unknown) => e);
    expect(String(error)).toMatch(/training diverged in epoch 2: step \d+: p/);
    // which no policy helps against
    const usual = String(error).includes(': parameter ') ? /^Lower the/ : /^Continue with --resume/;
    expect((error as ConfigError).hint).toMatch(usual);
    const model = await modelBytes(files);
    expect(model).toHaveLength(2);
    expect(model[1]).toEqual((await modelBytes(calm.files))[1]);
    expect(await readLog(files, 'run')).toHaveLength(1);
    expect(await files.list('run/checkpoints')).toEqual(['step-0000000005.safetensors']);
  });

  it('replays a step with the parameters that it had', async () => {
    const { run } = runOf(withFeature(NaN), { batch: 1 });
    const before: Record<number, unknown> = {};
    beforeSteps(async (session, step, rate) => {
      before[step] = await session.parameters();
      return rate;
    });
    let at: number | undefined;
    const diagnose = vi.spyOn(TrainingSession.prototype, 'diagnose');
    diagnose.mockImplementation(async function (this: TrainingSession, _batch, step) {
      at = step;
      expect(await this.parameters()).toEqual(before[step ?? 0]);
      return undefined;
    });
    await expect(run()).rejects.toThrow('does not show where');
    expect(Object.keys(before).length).toBeGreaterThan(at ?? Infinity); // steps were submitted since
  });

  it('says where a replay does not show it', async () => {
    const { run } = runOf(clean);
    beforeSteps((session, step, rate) => {
      if (step === 2) poison(session, NaN);
      if (step === 3) poison(session, 0.1);
      return rate;
    });
    await expect(run()).rejects.toThrow('does not show where');
  });
});

/** Sets the first value of the parameters on the device. */
function poison(session: TrainingSession, value: number): void {
  const { pool, layout } = session as unknown as {
    readonly pool: { named(name: string, bytes: number): GPUBuffer };
    readonly layout: { readonly size: number };
  };
  const buffer = pool.named('parameters', layout.size * 4);
  engine.gpu.device.queue.writeBuffer(buffer, 0, Float32Array.of(value));
}

describe('skip', () => {
  it('skips the batch, reports it once an epoch, counts it, and learns', async () => {
    const { files, lines, run } = runOf(withFeature(NaN), { onNonFinite: 'skip' });
    const { log } = await run({ logFormats: ['csv'] });
    expect(lines).toEqual(
      [1, 2, 3].map((epoch): unknown =>
        expect.stringMatching(
          new RegExp(
            `^warning: the update of step \\d+ \\(epoch ${epoch}\\) is skipped: the features of training/4.wav hold NaN`,
          ),
        ),
      ),
    );
    expect(log.map(({ skipped }) => skipped)).toEqual([1, 1, 1]);
    expect(await readLog(files, 'run')).toEqual(log);
    const [header = '', first = ''] = new TextDecoder()
      .decode(await files.read('run/log.csv'))
      .split(/\r?\n/);
    expect(first.split(',')[header.split(',').indexOf('optimiser/skipped_updates')]).toBe('1');
    expect(log[2]?.train.total).toBeLessThan(log[0]?.train.total ?? 0);
    expect(log.map(({ learningRate }) => learningRate)).toEqual([0.01, 0.01, 0.01]);
    expect(await readRunConfig(files, 'run')).toMatchObject({ training: { onNonFinite: 'skip' } });
  });

  it('ends where the parameters are ruined, the best model untouched', async () => {
    const policy = { onNonFinite: 'skip' } as const;
    const calm = runOf(clean, { ...policy, epochs: 1 });
    await calm.run();
    const { files, run } = runOf(clean, policy);
    beforeSteps((session, step, rate) => {
      if (step === 8) poison(session, -Infinity);
      return rate;
    });
    await expect(run()).rejects.toThrow(
      "training diverged in epoch 2: step 8: parameter 'frontend.weight' holds -Infinity (value 0)",
    );
    expect((await modelBytes(files))[1]).toEqual((await modelBytes(calm.files))[1]);
  });

  it('ends after an epoch without any update', async () => {
    const training = changing(clean.training, (matrix) => matrix.map(() => NaN));
    const data = { ...clean, training };
    const { files, lines, run } = runOf(data, { onNonFinite: 'skip' });
    await expect(run()).rejects.toThrow(
      'training diverged in epoch 1: none of its 5 updates is finite',
    );
    expect(lines).toHaveLength(4);
    expect(lines[3]).toBe('warning: also skipped: 2 steps up to 5 (epoch 1), 5 in a row');
    expect(files.paths()).toEqual(['run/config.json']);
  });
});

describe('in half precision', () => {
  it('overflows of the loss scale are no faults, a NaN is', async (ctx) => {
    needs(ctx, engine.gpu, 'shader-f16');
    const precision = 'f16';
    // weights of the losses for which 65536 is too large a scale
    const heads = ['emotion', 'speaker'].map((task) => ({ task, weight: 100 }));
    const own = mergeSettings(settings({ onNonFinite: 'skip' }), { model: { heads } });
    const calm = runOf(clean);
    const { log } = await calm.run({ precision, settings: own });
    expect(log[0]?.skipped).toBeGreaterThan(0);
    expect(calm.lines).toEqual([]);
    const { lines, run } = runOf(withFeature(NaN));
    await run({ precision, settings: own });
    expect(lines).toHaveLength(3);
    const text = 'the features of training/4.wav hold NaN (frame 7, feature 2)';
    for (const line of lines) expect(line).toContain(text);
    await expect(runOf(withFeature(NaN)).run({ precision })).rejects.toThrow(text);
  });
});

describe('a validation that is not finite', () => {
  it('ends the run, whatever is asked for', async () => {
    const { files, run } = runOf(clean, { onNonFinite: 'skip' });
    // the last of the epoch: no loss follows
    beforeSteps((_session, step, rate) => (step === 5 ? 1e38 : rate));
    await expect(run({ settings: settings({ onNonFinite: 'skip', epochs: 1 }) })).rejects.toThrow(
      /^training diverged in epoch 1: the validation loss is NaN$/,
    );
    expect(files.paths()).toEqual(['run/config.json']);
  });
});

describe('halve', () => {
  it('halves the learning rate once for each epoch with the batch', async () => {
    const { lines, run } = runOf(withLoudFrame(), { onNonFinite: 'halve' });
    const { log } = await run();
    // read at an epoch's end: the rate of the next one
    expect(log.map(({ learningRate }) => learningRate)).toEqual([0.01, 0.005, 0.0025]);
    expect(lines.filter((line) => line.startsWith('the learning rate is halved'))).toEqual([
      "the learning rate is halved from step 6 on: 0.5 times the schedule's rate",
      "the learning rate is halved from step 11 on: 0.25 times the schedule's rate",
      "the learning rate is halved from step 16 on: 0.125 times the schedule's rate",
    ]);
  });

  it('leaves features that are not finite out, as skip does, and keeps the rate', async () => {
    const { files, run } = runOf(withFeature(NaN), { onNonFinite: 'halve' });
    const skip = runOf(withFeature(NaN), { onNonFinite: 'skip' });
    const { log } = await run();
    expect(log.map(({ skipped, learningRate }) => [skipped, learningRate])).toEqual(
      Array(3).fill([1, 0.01]),
    );
    await skip.run();
    expect(await newest(files)).toEqual(await newest(skip.files));
  });
});

describe('a run with updates left out goes on to the same bits', () => {
  // of which one halves the rate and one does not
  const data = withFeature(NaN, withLoudFrame());
  const policies = ['skip', 'halve'] as const;

  it.each(policies)('killed before a checkpoint, whichever: %s', async (onNonFinite) => {
    const training = { onNonFinite, checkpointSteps: 3, batch: 2, epochs: 2 } as const;
    const whole = runOf(data, training);
    const expected = await whole.run();
    expect(whole.lines.filter((line) => line.includes('is skipped')).length).toBeGreaterThan(2);
    expect(whole.lines.some((line) => line.includes('is halved'))).toBe(onNonFinite === 'halve');
    for (const step of [3, 6, 7, 9, 12, 14]) {
      const { files, run } = runOf(data, training);
      let dead = false;
      files.failOn((_, path) => {
        dead ||= path.includes(`step-${String(step).padStart(10, '0')}`);
        return dead ? diskFull(path) : undefined;
      });
      await expect(run(), `${step}`).rejects.toThrow('disk is full');
      files.failOn(() => undefined);
      const result = await run({ resume: true, settings: undefined, seed: undefined });
      expect(timeless(result.log)).toEqual(timeless(expected.log));
      expect(await newest(files)).toEqual(await newest(whole.files));
    }
  });

  it.each(policies)('interrupted at any reading: %s', async (onNonFinite) => {
    const training = { onNonFinite, batch: 1, epochs: 2 } as const;
    const whole = runOf(data, training);
    const expected = await whole.run();
    for (const step of [4, 8, 17, 22]) {
      const { files, run } = runOf(data, training);
      const abort = new AbortController();
      beforeSteps((_session, at, rate) => {
        if (at === step) abort.abort();
        return rate;
      });
      expect((await run({ signal: abort.signal })).stopped).toBe('interrupted');
      vi.restoreAllMocks();
      const result = await run({ resume: true, settings: undefined, seed: undefined });
      expect(timeless(result.log)).toEqual(timeless(expected.log));
      expect(await newest(files)).toEqual(await newest(whole.files));
    }
  });
});

describe('a run that stopped at a fault', () => {
  it.each(['skip', 'halve'] as const)('goes on with %s, as if begun so', async (onNonFinite) => {
    const data = withFeature(NaN, withLoudFrame());
    const training = { checkpointSteps: 1, batch: 2 };
    const whole = runOf(data, { ...training, onNonFinite });
    const expected = await whole.run();
    const { files, run } = runOf(data, training);
    await expect(run()).rejects.toThrow('training diverged in epoch 1');
    const stopped = await files.list('run/checkpoints');
    expect(stopped.length).toBeGreaterThan(0);
    const again = { resume: true, seed: undefined };
    await expect(run({ ...again, settings: undefined })).rejects.toThrow('training diverged');
    expect(await files.list('run/checkpoints')).toEqual(stopped);
    const result = await run({ ...again, settings: { training: { onNonFinite } } });
    expect(timeless(result.log)).toEqual(timeless(expected.log));
    expect(await newest(files)).toEqual(await newest(whole.files));
    expect(await readRunConfig(files, 'run')).toEqual(await readRunConfig(whole.files, 'run'));
  });
});

describe('a run of before', () => {
  it('goes on, though its configuration and checkpoints know nothing of it', async () => {
    const whole = runOf(clean, { checkpointSteps: 2 });
    await whole.run();
    const { files, run } = runOf(clean, { checkpointSteps: 2 });
    let dead = false;
    files.failOn((_, path) => {
      dead ||= path.includes('000008');
      return dead ? diskFull(path) : undefined;
    });
    await expect(run()).rejects.toThrow('disk is full');
    files.failOn(() => undefined);
    const text = new TextDecoder().decode(await files.read('run/config.json'));
    const old = text.replace(/,\s*"onNonFinite": "stop"/, '');
    expect(old).not.toContain('onNonFinite');
    await files.write('run/config.json', old);
    await run({ resume: true, settings: undefined, seed: undefined });
    expect(await newest(files)).toEqual(await newest(whole.files));
    await expect(
      run({ resume: true, settings: { training: { onNonFinite: 'halve', batch: 4 } } }),
    ).rejects.toThrow('run was started with training.batch 3, now it is 4');
    // what its checkpoints name is the hash of a configuration without that choice
    const { seed, model, labels, training, data } = await readRunConfig(files, 'run');
    const { onNonFinite, ...others } = training;
    expect(onNonFinite).toBe('stop');
    const digests = [data.training.digest, data.validation.digest];
    const json = JSON.stringify({ seed, model, labels, training: others, digests });
    const config = await readRunConfig(files, 'run');
    const expected = createHash('sha256').update(json).digest('hex');
    expect(await hashOf(config)).toBe(expected);
    const other = { ...config, training: { ...config.training, onNonFinite: 'skip' } } as const;
    expect(await hashOf(other)).toBe(expected);
  });
});
