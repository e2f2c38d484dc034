import { expect, test } from 'vitest';
import { MemoryFiles } from '../support/memory-files.js';
import { alstmHere, errorOf } from './run-cli.js';

interface Graph {
  readonly plan: { readonly version: number };
  readonly parameters: number;
  readonly inference: Bytes;
  readonly training: Bytes;
  readonly programs: readonly {
    readonly name: string;
    readonly capacity: Record<string, number>;
    readonly buffers: readonly { readonly kind: string; readonly bytes: number }[];
    readonly bytes: number;
  }[];
}
interface Bytes {
  readonly bytes: number;
  readonly bytesWithoutReuse: number;
}

async function graph(...args: string[]): Promise<Graph> {
  const ended = await alstmHere(['graph', '--json', ...args]);
  expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(ended.stdout) as Graph;
}

test('prints the programs of a batch without a device, with what reuse saves', async () => {
  const found = await graph('--preset', 'tao-liu-2018', '--batch', '4', '--frames', '50');
  expect(found.programs.map(({ name }) => name)).toEqual([
    'inference',
    'clear',
    'gradients',
    'update',
  ]);
  expect(found.programs[2]?.capacity).toEqual({ frames: 200, utterances: 4, longest: 50 });
  expect(found.parameters).toBeGreaterThan(600_000);
  expect(found.parameters).toBeLessThan(615_000);
  expect(found.inference.bytes).toBe(found.programs[0]?.bytes);
  expect(found.inference.bytes).toBeLessThan(found.inference.bytesWithoutReuse);
  expect(found.training.bytes).toBeLessThan(found.training.bytesWithoutReuse);
  // parameters, gradients and two moments at least, and no more than all programs apart
  expect(found.training.bytes).toBeGreaterThan(4 * 4 * found.parameters);
  const apart = found.programs.slice(1).reduce((sum, { bytes }) => sum + bytes, 0);
  expect(found.training.bytes).toBeLessThanOrEqual(apart);
});

test('goes by options, then configuration file, then preset', async () => {
  const settings = {
    preset: 'alstm-1',
    model: { recurrent: { units: 8, cell: 'lstm' }, frontend: { units: 8 } },
    training: { batch: 2, optimizer: { name: 'sgd' } },
  };
  const files = new MemoryFiles({ 'small.json': JSON.stringify(settings) });
  const args = ['graph', '--config', 'small.json', '--cell', 'mean-lstm', '--frames', '10'];
  const { status, stdout } = await alstmHere([...args, '--classes', 'emotion=2'], { files });
  expect(status).toBe(0);
  expect(stdout).toContain('frames = 20');
  expect(stdout).toContain('heads.emotion');
  expect(stdout).not.toContain('heads.gender');
  expect(stdout).toContain('optimizer_sgd');
  expect(stdout).toMatch(/^training {3}[\d.]+ [KM]iB \(\d+ bytes\) with reuse, .* without/m);
});

test('counts units and heads by their options', async () => {
  const one = await graph(
    '--preset',
    'alstm-1',
    '--units',
    '8',
    '--classes',
    'emotion=4',
    '--head-hidden',
    '0',
  );
  const other = await graph(
    '--preset',
    'alstm-1',
    '--units',
    '8',
    '--classes',
    'emotion=5',
    '--head-hidden',
    '0',
  );
  expect(other.parameters - one.parameters).toBe(2 * 8 + 1);
});

test('refuses what a model cannot be', async () => {
  const ended = await alstmHere(['graph', '--offsets', '3,3']);
  expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
  expect(errorOf(ended).message).toContain('offsets');
});
