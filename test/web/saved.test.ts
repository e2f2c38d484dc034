import { expect, it } from 'vitest';
import { isRecordingName, recordingsAmong } from '../../src/web/recording-names.js';
import { rowsJson, savedName } from '../../src/web/saved.js';

it('names a file after its recording, as every system allows it', () => {
  expect(savedName('calls/speech.wav', 'csv')).toBe('speech.csv');
  expect(savedName('a.b.flac', 'json')).toBe('a.b.json');
  expect(savedName('A robot, meant as anger', 'png')).toBe('A robot, meant as anger.png');
  expect(savedName('x:"y"\u0007?.wav', 'png')).toBe('x--y---.png');
  expect(savedName('...', 'png')).toBe('recording.png');
});

it('writes rows as JSON, one a line, with nothing that a terminal would obey', () => {
  const rows = [{ path: 'a\u001b[2J.wav' }, { path: 'b', error: 'x' }];
  const text = rowsJson(rows);
  expect(JSON.parse(text)).toEqual(rows);
  expect(text.split('\n')).toHaveLength(5);
  expect(text).not.toContain('\u001b');
});

it('takes of folders what is called like a recording, and else whatever was chosen', () => {
  const file = new Blob();
  const paths = ['d/take 10.wav', 'd/take 2.FLAC', 'd/._take 2.wav', 'd/notes.txt', 'odd.dat'];
  const chosen = recordingsAmong(paths.map((path) => ({ path, file })));
  expect(chosen.map(({ path }) => path)).toEqual(['d/take 2.FLAC', 'd/take 10.wav', 'odd.dat']);
  expect(isRecordingName('a/b.opus')).toBe(true);
  expect(isRecordingName('a.wav/b')).toBe(false);
});
