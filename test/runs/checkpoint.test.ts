import { describe, expect, it } from 'vitest';
import { LFS_HINT } from '../../src/core/lfs.js';
import { ConfigError, FormatError } from '../../src/core/errors.js';
import {
  readLatestCheckpoint,
  writeCheckpoint,
  type Checkpoint,
} from '../../src/runs/checkpoint.js';
import { progressStart } from '../../src/training/epoch-loop.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';

const tensor = (...values: number[]) => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

function checkpoint(step: number): Checkpoint {
  return {
    progress: {
      ...progressStart,
      epoch: 1,
      batch: 2,
      step,
      stopping: { best: { epoch: 1, accuracy: 1 / 3 }, below: 0 },
      losses: { steps: 2, total: 0.1 + 0.2, tasks: { emotion: 0.7 }, skipped: 0, gradientNorm: 3 },
      scaler: { scale: 512, steps: 7 },
      seconds: 4.25,
    },
    state: {
      step,
      parameters: { 'frontend.weight': tensor(step, 0.1), 'b/c': tensor(-0) },
      optimizer: { 'exp_avg/frontend.weight': tensor(2, 3), 'exp_avg/b/c': tensor(1) },
      lossScale: [512, 7],
    },
  };
}

const warnings: string[] = [];
const warn = (line: string) => void warnings.push(line);

describe('checkpoints', () => {
  it('come back as they were, the newest of them; two are kept', async () => {
    const files = new MemoryFiles();
    expect(await readLatestCheckpoint(files, 'run', 'hash', warn)).toBeUndefined();
    for (const step of [5, 90, 100]) await writeCheckpoint(files, 'run', checkpoint(step), 'hash');
    expect(files.paths()).toEqual([
      'run/checkpoints/step-0000000090.safetensors',
      'run/checkpoints/step-0000000100.safetensors',
    ]);
    expect(await readLatestCheckpoint(files, 'run', 'hash', warn)).toEqual(checkpoint(100));
    expect(warnings).toEqual([]);
  });

  it('are never removed before a newer one is there', async () => {
    const files = new MemoryFiles();
    for (const step of [1, 2]) await writeCheckpoint(files, 'run', checkpoint(step), 'hash');
    const before = files.paths();
    files.failOn((op, path) => (op === 'write' ? diskFull(path) : undefined));
    await expect(writeCheckpoint(files, 'run', checkpoint(3), 'hash')).rejects.toThrow('disk');
    expect(files.paths()).toEqual(before);
  });

  it('of another configuration are refused, not passed over', async () => {
    const files = new MemoryFiles();
    await writeCheckpoint(files, 'run', checkpoint(1), 'hash');
    await expect(readLatestCheckpoint(files, 'run', 'other', warn)).rejects.toThrow(
      'does not belong to the configuration',
    );
  });

  it('that are all damaged end it with one line, after a warning each', async () => {
    const files = new MemoryFiles();
    for (const step of [1, 2]) await writeCheckpoint(files, 'run', checkpoint(step), 'hash');
    for (const path of files.paths()) {
      const bytes = await files.read(path);
      // A digit of the loss sums: the file stays a valid one, its checksum does not.
      const text = new TextDecoder('latin1').decode(bytes);
      bytes[text.indexOf('0.7')] = '1'.charCodeAt(0);
      await files.write(path, bytes);
    }
    warnings.length = 0;
    await expect(readLatestCheckpoint(files, 'run', 'hash', warn)).rejects.toThrow(FormatError);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('step-0000000002.safetensors: its content does not match');
  });

  it('that are Git LFS pointers are to be fetched, not given up', async () => {
    const files = new MemoryFiles();
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 52124\n';
    for (const step of [1, 2]) {
      await files.write(`run/checkpoints/step-000000000${step}.safetensors`, pointer);
    }
    const read = readLatestCheckpoint(files, 'run', 'hash', warn);
    await expect(read).rejects.toMatchObject({ hint: LFS_HINT });
  });

  it('are refused with a value that is not finite', async () => {
    const bad = checkpoint(7);
    const state = { ...bad.state, optimizer: { 'exp_avg/b/c': tensor(NaN) } };
    await expect(
      writeCheckpoint(new MemoryFiles(), 'run', { ...bad, state }, 'hash'),
    ).rejects.toThrow(
      new ConfigError(
        'training diverged in epoch 2: exp_avg/b/c holds NaN after step 7',
        'Lower the learning rate, warm it up over more steps, or clip gradients (clipNorm).',
      ),
    );
  });
});
