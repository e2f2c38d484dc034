import { describe, expect, it } from 'vitest';
import { CorpusError, FormatError } from '../../src/core/errors.js';
import { readCorpus } from '../../src/corpora/registry.js';
import { MemoryFiles } from '../support/memory-files.js';

const samples = [
  'file_name,timestamp,actor,sentence,emotion_expressed',
  '1636103939637.wav,1636103939637,b830,"Gli operai, si alzano",joy',
  '1636103939638.wav,1636103939638,b830,La cascata,neutrality',
  '1636103939639.wav,1636103939639,5b84,La cascata,surprise',
  '1636103939640.wav,1636103939640,0000,La cascata,constructor',
  '',
].join('\n');

const users = 'username,gender,age,mother_tongue\nb830,female,30,Italian\n5b84,Male,27,Italian\n';

/** The corpus in a folder, without the last of its recordings. */
function corpusIn(folder: string, tables: Record<string, string>): MemoryFiles {
  const names = ['1636103939637', '1636103939638', '1636103939639'];
  return new MemoryFiles({
    ...Object.fromEntries(names.map((name) => [`${folder}/audio/${name}.wav`, 'audio'])),
    ...Object.fromEntries(
      Object.entries(tables).map(([name, text]) => [`${folder}/metadata/${name}`, text]),
    ),
  });
}

const tables = { 'samples.csv': samples, 'users.csv': users };

describe('emozionalmente', () => {
  it.each(['emo', 'emo/emozionalmente', 'emo/emozionalmente_dataset'])(
    'reads labels in %s and skips recordings that are missing',
    async (folder) => {
      const corpus = await readCorpus('emozionalmente', corpusIn(folder, tables), 'emo');
      expect(corpus).toEqual({
        name: 'emozionalmente',
        utterances: [
          {
            path: `${folder}/audio/1636103939637.wav`,
            labels: { emotion: 'happiness', speaker: 'b830', gender: 'female' },
          },
          {
            path: `${folder}/audio/1636103939638.wav`,
            labels: { emotion: 'neutral', speaker: 'b830', gender: 'female' },
          },
          {
            path: `${folder}/audio/1636103939639.wav`,
            labels: { emotion: 'surprise', speaker: '5b84', gender: 'male' },
          },
        ],
        skipped: [{ path: `${folder}/audio/1636103939640.wav`, reason: 'there is no such file' }],
      });
    },
  );

  it('keeps an emotion that it does not know, and does without genders', async () => {
    const files = corpusIn('emo', { 'samples.csv': samples });
    await files.write('emo/audio/1636103939640.wav', 'audio');
    const { utterances, notes } = await readCorpus('emozionalmente', files, 'emo');
    expect(utterances.at(-1)?.labels).toEqual({ emotion: 'constructor', speaker: '0000' });
    expect(notes).toEqual(['there is no emo/metadata/users.csv: genders are unknown']);
  });

  it('names what is wrong with its tables', async () => {
    const attempt = (own: Record<string, string>) =>
      readCorpus('emozionalmente', corpusIn('emo', own), 'emo');
    await expect(attempt({})).rejects.toThrow(
      new CorpusError(
        'there is no emo/metadata/samples.csv',
        'Give the folder of the Emozionalmente corpus, with metadata/ and audio/.',
      ),
    );
    await expect(attempt({ ...tables, 'samples.csv': 'file_name,actor\n' })).rejects.toThrow(
      'emo/metadata/samples.csv, line 1: the header lacks column "emotion_expressed"',
    );
    const outside = samples.replace('1636103939638.wav', '../1636103939638.wav');
    await expect(attempt({ ...tables, 'samples.csv': outside })).rejects.toThrow(
      'line 3: file_name "../1636103939638.wav" is not a file name',
    );
    const twice = samples.replace('1636103939638.wav', '1636103939637.wav');
    await expect(attempt({ ...tables, 'samples.csv': twice })).rejects.toThrow(
      'line 3: 1636103939637.wav is already on line 2',
    );
    const nameless = attempt({ ...tables, 'users.csv': 'user,gender\nb830,female\n' });
    await expect(nameless).rejects.toThrow(FormatError);
  });
});
