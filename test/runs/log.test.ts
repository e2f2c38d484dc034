import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/core/errors.js';
import { appendLog, cutLog, readLog, type EpochLog } from '../../src/runs/log.js';
import { MemoryFiles } from '../support/memory-files.js';

const entry = (epoch: number): EpochLog => ({
  epoch,
  step: 10 * epoch,
  seconds: 1.5,
  train: { total: 0.1 + 0.2, tasks: { emotion: 0.3 } },
  validation: { total: 1, tasks: { emotion: 1 }, accuracy: 0.5, maf: 0.4, uar: 0.5 },
  learningRate: 1e-3,
  gradientNorm: 2,
  framesPerSecond: 1e4,
  best: epoch === 1,
});

async function logOf(epochs: number, after = ''): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  for (let epoch = 1; epoch <= epochs; epoch++) await appendLog(files, 'run', entry(epoch));
  if (after !== '') {
    const text = new TextDecoder().decode(await files.read('run/log.jsonl'));
    await files.write('run/log.jsonl', text + after);
  }
  return files;
}

describe('log.jsonl', () => {
  it('gives back what was appended, and nothing where there is no file', async () => {
    expect(await readLog(await logOf(2), 'run')).toEqual([entry(1), entry(2)]);
    expect(await readLog(new MemoryFiles(), 'run')).toEqual([]);
  });

  it('passes over a last line that breaks off', async () => {
    expect(await readLog(await logOf(1, '{"epoch":2,"st'), 'run')).toEqual([entry(1)]);
  });

  it.each([
    ['not JSON', '{"epoch":2\n', 'run/log.jsonl, line 2: not valid JSON'],
    ['no epoch', '{"epoch":2}\n', 'run/log.jsonl, line 2: step is missing'],
    ['out of order', `${JSON.stringify(entry(3))}\n`, 'line 2: epoch 3, want 2'],
  ])('refuses a whole line that is %s', async (_, line, message) => {
    await expect(readLog(await logOf(1, line), 'run')).rejects.toThrow(message);
  });

  it('is cut back to the epochs of a checkpoint, and rewritten only where it changes', async () => {
    const files = await logOf(3, '{"ep');
    expect(await cutLog(files, 'run', 2)).toEqual([entry(1), entry(2)]);
    expect(new TextDecoder().decode(await files.read('run/log.jsonl'))).toBe(
      `${JSON.stringify(entry(1))}\n${JSON.stringify(entry(2))}\n`,
    );
    const writes = () => files.log.filter((line) => line.startsWith('write')).length;
    const before = writes();
    expect(await cutLog(files, 'run', 2)).toHaveLength(2);
    expect(writes()).toBe(before);
    await expect(cutLog(files, 'run', 3)).rejects.toThrow(FormatError);
  });
});
