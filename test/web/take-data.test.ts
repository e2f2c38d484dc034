import { expect, it } from 'vitest';
import { keptData, takeData } from '../../src/web/worker/take-data.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';

const file = new Blob(['sound']);
const recordings = (...labels: readonly string[]) =>
  labels.flatMap((label) => ['1', '2'].map((n) => ({ path: `mine/${label}/${n}.wav`, file })));

it('counts labels whatever they are called, and knows them again', async () => {
  const files = new MemoryFiles();
  const labels = ['__proto__', 'constructor', '=1+1', '<b>', 'a;=1'];
  const summary = await takeData(files, recordings(...labels), () => undefined);
  const counts = Object.fromEntries(labels.map((label) => [label, 2]));
  expect(Object.entries(summary.labels).sort()).toEqual(Object.entries(counts).sort());
  expect(await keptData(files)).toEqual({ ...summary, notes: [] });
  await expect(takeData(files, recordings('__proto__'), () => undefined)).rejects.toThrow(
    'all recordings have the label “__proto__”',
  );
});

it('leaves no part of recordings that could not be stored', async () => {
  const files = new MemoryFiles();
  let writes = 0;
  files.failOn((op, path) => (op === 'write' && ++writes === 3 ? diskFull(path) : undefined));
  await expect(takeData(files, recordings('a', 'b'), () => undefined)).rejects.toThrow(
    'disk is full',
  );
  expect(files.paths()).toEqual([]);
  expect(await keptData(files)).toBeUndefined();
});
