import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { NodeFiles, VERSION } from '../src/index.js';
import { trainAndPredict } from './examples/train-and-predict.js';
import { corpusFiles } from './data/corpus-files.js';
import packageJson from '../package.json' with { type: 'json' };

const folders: string[] = [];

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

it('trains, evaluates and predicts as the example shows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alstm-example-'));
  folders.push(folder);
  const files = new NodeFiles();
  for (const [path, bytes] of Object.entries(corpusFiles(8))) {
    await files.write(join(folder, path), bytes);
  }
  const manifest = join(folder, 'manifest.csv');
  const run = join(folder, 'run');
  const result = await trainAndPredict(manifest, join(folder, 'cid-0.wav'), run);
  // Rising and falling tones are easy: anything but a perfect score on the third speaker is a fault.
  expect(result.accuracy).toBe(1);
  expect(result.maf).toBe(1);
  expect(result.emotion?.label).toBe('anger');
  expect(result.epochs).toBeGreaterThan(3);
  expect(result.attention.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5);
  expect(await files.list(run)).toEqual(['checkpoints', 'config.json', 'log.jsonl', 'model']);
  // Another run into the same folder is refused; nothing is lost.
  await expect(trainAndPredict(manifest, manifest, run)).rejects.toThrow('is not empty');
});

it('has the version of its package', () => {
  expect(VERSION).toBe(packageJson.version);
});
