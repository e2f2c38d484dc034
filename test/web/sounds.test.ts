import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeAudio } from '../../src/index.js';
import { makeSounds } from '../../tools/make-sounds.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-sounds-'));
  await makeSounds(join(folder, 'one'));
  await makeSounds(join(folder, 'two'));
});
afterAll(() => rm(folder, { recursive: true }));

it('makes a short sound for each emotion, none like another', async () => {
  const names = (await readdir(join(folder, 'one'))).sort();
  expect(names).toEqual(['anger.wav', 'happiness.wav', 'neutral.wav', 'sadness.wav']);
  const seconds: number[] = [];
  for (const name of names) {
    const { samples, rate } = await decodeAudio(await readFile(join(folder, 'one', name)), name);
    seconds.push(samples.length / rate);
  }
  expect(Math.min(...seconds)).toBeGreaterThan(1);
  expect(Math.max(...seconds)).toBeLessThan(4);
  expect(new Set(seconds).size).toBe(names.length);
});

it('makes the same bytes every time', async () => {
  for (const name of await readdir(join(folder, 'one'))) {
    const [one, two] = await Promise.all(
      ['one', 'two'].map((run) => readFile(join(folder, run, name))),
    );
    expect(one?.equals(two ?? Buffer.of())).toBe(true);
  }
});
