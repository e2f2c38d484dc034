import { describe, expect, it } from 'vitest';
import { parseShard } from '../../src/core/shard.js';
import { jobFolder, jobName, jobsOf, jobsOfShard } from '../../src/experiments/jobs.js';
import { parseProtocol } from '../../src/experiments/protocol.js';

const protocol = parseProtocol(
  {
    format: 'alstm-protocol-1',
    name: 'n',
    corpus: { format: 'nemo' },
    split: { kind: 'leave-one-speaker-out' },
    cells: [{ name: 'LSTM' }, { name: 'A-LSTM/1' }],
    seeds: [4, 2],
  },
  'p.json',
);
const folds = ['a', 'b', 'c'].map((name) => ({ name, testSpeakers: [name] }));
const jobs = jobsOf(protocol, folds);

describe('jobs', () => {
  it('go fold by fold, seed by seed, cell by cell', () => {
    expect(jobs).toHaveLength(12);
    expect(jobs.slice(0, 5).map(jobName)).toEqual([
      'LSTM a seed 4',
      'A-LSTM/1 a seed 4',
      'LSTM a seed 2',
      'A-LSTM/1 a seed 2',
      'LSTM b seed 4',
    ]);
    expect(jobFolder('e', jobs[1]!)).toBe('e/runs/A-LSTM-1/a/seed-4');
    expect(new Set(jobs.map((job) => jobFolder('e', job))).size).toBe(12);
  });

  it('are shared out whole, and none twice', () => {
    const parts = [0, 1, 2, 3, 4].map((index) => jobsOfShard(jobs, { index, count: 5 }));
    expect(parts.map(({ length }) => length)).toEqual([3, 3, 2, 2, 2]);
    expect(new Set(parts.flat())).toEqual(new Set(jobs));
  });
});

describe('a shard', () => {
  it.each([
    ['1/4', {}, { index: 0, count: 4 }],
    ['4/4', {}, { index: 3, count: 4 }],
    [
      'auto',
      { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_MIN: '5', SLURM_ARRAY_TASK_COUNT: '3' },
      { index: 2, count: 3 },
    ],
    ['auto/6', { JOB_COMPLETION_INDEX: '0' }, { index: 0, count: 6 }],
  ])('%s of %j', (text, environment, shard) => {
    expect(parseShard(text, environment)).toEqual(shard);
  });

  it.each([
    ['0/4', {}],
    ['5/4', {}],
    ['4', {}],
    ['a/b', {}],
    ['', {}],
    ['auto', {}],
    ['auto', { JOB_COMPLETION_INDEX: '0' }],
    ['auto/2', { JOB_COMPLETION_INDEX: '2' }],
  ])('%s of %j is refused', (text, environment) => {
    expect(() => parseShard(text, environment)).toThrow(/--shard/);
  });
});
