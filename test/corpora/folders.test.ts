import { expect, it } from 'vitest';
import { CorpusError } from '../../src/core/errors.js';
import { readCorpus } from '../../src/corpora/registry.js';
import { MemoryFiles } from '../support/memory-files.js';

const read = (paths: readonly string[]) =>
  readCorpus(
    'folders',
    new MemoryFiles(Object.fromEntries(paths.map((path) => [`own/${path}`, 'audio']))),
    'own',
  );

it('folders name the emotion, and those above them the speaker', async () => {
  const { name, utterances, skipped } = await read([
    'ann/anger/1.wav',
    'ann/joy/2.MP3',
    'bob/anger/1.ogg',
    'bob/anger/notes.txt',
    'bob/anger/._1.ogg',
  ]);
  expect(name).toBe('folders');
  expect(skipped).toEqual([]);
  expect(utterances).toEqual([
    { path: 'own/ann/anger/1.wav', labels: { emotion: 'anger', speaker: 'ann' } },
    { path: 'own/ann/joy/2.MP3', labels: { emotion: 'joy', speaker: 'ann' } },
    { path: 'own/bob/anger/1.ogg', labels: { emotion: 'anger', speaker: 'bob' } },
  ]);
});

it('there may be no folders of speakers; what is in no folder is skipped', async () => {
  const { utterances, skipped } = await read(['anger/1.flac', 'joy/1.opus', 'loose.wav']);
  expect(utterances.map(({ labels }) => labels)).toEqual([
    { emotion: 'anger' },
    { emotion: 'joy' },
  ]);
  expect(skipped).toEqual([
    { path: 'own/loose.wav', reason: 'not in a folder named after its emotion' },
  ]);
});

it('a folder without such folders is refused', async () => {
  for (const paths of [['loose.wav'], ['notes/todo.txt']]) {
    const error: unknown = await read(paths).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(CorpusError);
    expect(String(error)).toContain('own has no recordings in folders named after emotions');
  }
});
