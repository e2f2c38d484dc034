import { describe, expect, it } from 'vitest';
import { CorpusError, FileError, FormatError, UsageError } from '../../src/core/errors.js';
import { corpusFormats, readCorpus } from '../../src/corpora/registry.js';
import { MemoryFiles } from '../support/memory-files.js';

const header = 'file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n';

function nemo(rows: readonly string[], samples: readonly string[]): MemoryFiles {
  const files = samples.map((name) => [`nemo/samples/${name}`, 'audio']);
  const entries = [['nemo/data.tsv', header + rows.map((row) => `${row}\n`).join('')], ...files];
  return new MemoryFiles(Object.fromEntries(entries) as Record<string, string>);
}

const row = (file: string, emotion: string, speaker: string, gender: string) =>
  `${file}\t${emotion}\tTo "jest".\tto jest\t        ${speaker}\t${gender}\t27`;

describe('nemo', () => {
  it('reads labels, trims names and skips recordings that are missing', async () => {
    const rows = [
      row('EB0_neutral_13.flac', 'neutral', 'EB0', 'female'),
      row('MP0_anger_1.flac', 'anger', 'MP0', 'male'),
      row('KS0_sadness_2.flac', 'sadness', 'KS0', ''),
    ];
    const files = nemo(rows, ['EB0_neutral_13.flac', 'KS0_sadness_2.flac', 'unlisted.flac']);
    expect(await readCorpus('nemo', files, 'nemo')).toEqual({
      name: 'nemo',
      utterances: [
        {
          path: 'nemo/samples/EB0_neutral_13.flac',
          labels: { emotion: 'neutral', speaker: 'EB0', gender: 'female' },
        },
        {
          path: 'nemo/samples/KS0_sadness_2.flac',
          labels: { emotion: 'sadness', speaker: 'KS0' },
        },
      ],
      skipped: [{ path: 'nemo/samples/MP0_anger_1.flac', reason: 'there is no such file' }],
    });
  });

  it('refuses a folder without the table, or with the table alone', async () => {
    const without = readCorpus('nemo', new MemoryFiles({ 'nemo/x': '' }), 'nemo');
    await expect(without).rejects.toThrow(CorpusError);
    await expect(without).rejects.toThrow('there is no nemo/data.tsv');
    const alone = readCorpus('nemo', nemo([row('a.flac', 'x', 'S', 'f')], []), 'nemo');
    await expect(alone).rejects.toThrow('none of the 1 recordings of the nemo corpus exist');
    const empty = readCorpus('nemo', nemo([], ['a.flac']), 'nemo');
    await expect(empty).rejects.toThrow('none of the 0 recordings');
  });

  it('names the line of what is wrong', async () => {
    const a = row('a.flac', 'x', 'S', 'f');
    const read = (rows: string[]) => readCorpus('nemo', nemo(rows, ['a.flac']), 'nemo');
    await expect(read([a, a])).rejects.toThrow('data.tsv, line 3: a.flac is already on line 2');
    await expect(read([row('../a', 'x', 'S', 'f')])).rejects.toThrow(
      'line 2: file_id "../a" is not',
    );
    await expect(read([row('', 'x', 'S', 'f')])).rejects.toThrow('line 2: file_id "" is not');
    await expect(read([a, 'b.flac\tx'])).rejects.toThrow('line 3: 2 values for 7 columns');
    const other = new MemoryFiles({ 'nemo/data.tsv': 'file_id\temotion\n' });
    const lacking = readCorpus('nemo', other, 'nemo');
    await expect(lacking).rejects.toThrow(
      'line 1: the header lacks columns "speaker_id", "gender"',
    );
    await expect(lacking).rejects.toThrow(FormatError);
  });
});

describe('readCorpus', () => {
  const two = () =>
    nemo(
      [
        row('a.flac', 'anger', 'S', 'male'),
        row('b.flac', 'neutral', 'S', 'male'),
        row('c.flac', '', 'S', 'male'),
      ],
      ['a.flac', 'b.flac', 'c.flac'],
    );

  it('knows its formats', async () => {
    expect(corpusFormats).toEqual([
      'cremad',
      'emodb',
      'emotale',
      'emovo',
      'emozionalmente',
      'folders',
      'iemocap',
      'jlcorpus',
      'manifest',
      'mesd',
      'nemo',
      'ravdess',
      'savee',
      'subesco',
      'tess',
      'turev',
    ]);
    const all = `The formats are ${corpusFormats.join(', ')}.`;
    const hints = { 'iemocap?': `Did you mean iemocap? ${all}`, toString: all };
    for (const [format, hint] of Object.entries(hints)) {
      const attempt = readCorpus(format, two(), 'nemo');
      await expect(attempt).rejects.toThrow(UsageError);
      await expect(attempt).rejects.toHaveProperty('hint', hint);
    }
  });

  it('refuses a folder that is not there', async () => {
    const attempt = readCorpus('nemo', two(), 'none');
    await expect(attempt).rejects.toThrow(
      new CorpusError('there is no none', 'Give the folder of the nemo corpus.'),
    );
  });

  it('lets the failure of a file through', async () => {
    const files = two();
    files.failOn((op) => (op === 'read' ? new FileError('cannot read: disk error') : undefined));
    await expect(readCorpus('nemo', files, 'nemo')).rejects.toThrow('cannot read: disk error');
  });

  it('keeps the emotions asked for', async () => {
    const corpus = await readCorpus('nemo', two(), 'nemo', { emotions: ['neutral'] });
    expect(corpus.utterances.map(({ path }) => path)).toEqual(['nemo/samples/b.flac']);
    expect(corpus.skipped).toEqual([]);
    expect(corpus.leftOut).toEqual([
      { path: 'nemo/samples/a.flac', reason: 'emotion anger not wanted' },
      { path: 'nemo/samples/c.flac', reason: 'no emotion' },
    ]);
    const unknown = readCorpus('nemo', two(), 'nemo', { emotions: ['joy'] });
    await expect(unknown).rejects.toThrow('the nemo corpus has no emotion "joy"');
    await expect(unknown).rejects.toHaveProperty('hint', 'It has anger, neutral.');
  });
});
