import { describe, expect, it, test } from 'vitest';
import type { BenchFile, BenchResult } from '../../src/bench/results.js';
import { VERSION } from '../../src/core/version.js';
import { alstmHere, errorOf } from '../cli/run-cli.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

const tiny = ['--batch', '2', '--frames', '6', '--units', '8', '--frontend-units', '8'];
const quick = ['--head-hidden', '8', '--seconds', '0.05'];
const adapter = testAdapter();
const here = adapter === undefined ? [] : ['--adapter', adapter];

describe('wrong usage ends with 2 and says what is wrong in one line', () => {
  it.each([
    [[], "missing required argument 'question'"],
    [['speed'], 'Allowed choices are train-step, inference, kernels, scaling'],
    [['kernels', '--batch', '0'], 'Give an integer of at least 1.'],
    [['kernels', '--batch', '8,,2'], 'Give one or more, separated by commas'],
    [['kernels', '--cell', 'rnn'], 'Allowed choices are lstm, mean-lstm, a-lstm'],
    [['kernels', '--precision', 'f64'], 'Allowed choices are f32, f16'],
    [['kernels', '--heads', 'emotion'], 'Give tasks and their numbers of classes'],
    [['kernels', '--heads', 'emotion=4,emotion=2'], 'Give tasks and their numbers of classes'],
    [['kernels', '--pooling', 'max'], 'Allowed choices are attention, mean'],
    [['kernels', '--seconds', '0'], 'Give a number above 0.'],
    [['kernels', '--units', '8,16,8'], '--units has 8 twice'],
  ])('%j', async (args, message) => {
    const ended = await alstmHere(['bench', ...args]);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 2, stdout: '' });
    expect(errorOf(ended).message).toContain(message);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(2);
  });
});

test('what cannot be timed ends with 1, and nothing is written', async () => {
  const files = new MemoryFiles({ taken: '' });
  const cases = [
    [[...tiny, '--dropout', '1'], 'dropout'],
    [[...tiny, '--offsets', '3,3'], 'offsets'],
    [['--out', 'taken'], '--out taken is a file'],
  ] as const;
  for (const [args, message] of cases) {
    const ended = await alstmHere(['bench', 'train-step', ...args, ...here], { files });
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
    expect(ended.stderr).toContain(message);
  }
  expect(await files.list('')).toEqual(['taken']);
});

test('one shape prints one object, and its file holds the same', async () => {
  const files = new MemoryFiles();
  const args = ['train-step', ...tiny, ...quick, '--heads', 'emotion=3,gender=2', '--json'];
  const ended = await alstmHere(['bench', ...args, '--out', 'results', ...here], { files });
  expect(ended.status).toBe(0);
  const found = JSON.parse(ended.stdout) as BenchResult<'train-step'>;
  expect(found).toMatchObject({ bench: 'train-step', submits: 1, parts: 1, version: VERSION });
  expect(found.shape).toMatchObject({ batch: 2, frames: 6, units: 8, cell: 'a-lstm' });
  expect(found.shape.heads).toEqual({ emotion: 3, gender: 2 });
  expect(found.adapter).not.toBe('');
  expect(found.framesPerSecond).toBeCloseTo(12_000 / found.ms, 6);
  expect(found.gflops).toBeCloseTo((1000 * found.gflop) / found.ms, 9);
  expect(found.fastest).toBeLessThanOrEqual(found.ms);
  expect(found.firstStepMs).toBeGreaterThan(0);
  const { ceilings } = found;
  expect(found.productShare).toBeCloseTo(found.gflops / ceilings.productGflops, 9);
  const moved = found.floorBytes / found.ms / 1e6;
  expect(found.copyShare).toBeCloseTo(moved / ceilings.copyGBPerSecond, 9);
  for (const share of [found.productShare, found.copyShare, found.hostMs, found.cpuMs]) {
    expect(share).toBeGreaterThan(0);
  }
  const [folder = ''] = await files.list('results');
  const text = new TextDecoder().decode(await files.read(`results/${folder}/train-step.json`));
  const file = JSON.parse(text) as BenchFile;
  expect(file).toMatchObject({ format: 'alstm-bench-1', bench: 'train-step', skipped: [] });
  expect(file.results).toEqual([found]);
});

test('several shapes are lines of a table', async () => {
  const args = ['inference', ...tiny, ...quick, '--cell', 'lstm,mean-lstm'];
  const { status, stdout } = await alstmHere(['bench', ...args, ...here]);
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('utterances/s');
  expect(lines[1]).toMatch(/^ +lstm +f32 +2 +6 +8 /);
  expect(lines[2]).toMatch(/^ +mean-lstm\/5 +f32 +2 +6 +8 /);
});
