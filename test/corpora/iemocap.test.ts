import { describe, expect, it } from 'vitest';
import { CorpusError } from '../../src/core/errors.js';
import { readCorpus } from '../../src/corpora/registry.js';
import { MemoryFiles } from '../support/memory-files.js';
import { evaluation, iemocapFiles, recording, smallIemocap } from './stand-ins.js';

const files = new MemoryFiles(iemocapFiles('ie', smallIemocap));
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

describe('iemocap', () => {
  it('reads labels, speaker, gender, session and style of the four usual classes', async () => {
    const corpus = await readCorpus('iemocap', files, 'ie');
    const wav = (session: number, dialog: string, turn: string) =>
      `ie/Session${session}/sentences/wav/${dialog}/${dialog}_${turn}.wav`;
    expect(corpus.utterances).toEqual([
      {
        path: wav(1, 'Ses01F_impro01', 'F000'),
        labels: { emotion: 'neu', speaker: 'Ses01F', gender: 'female' },
        session: 'Session1',
        style: 'improvised',
      },
      {
        path: wav(1, 'Ses01F_impro01', 'M000'),
        labels: { emotion: 'ang', speaker: 'Ses01M', gender: 'male' },
        session: 'Session1',
        style: 'improvised',
      },
      {
        path: wav(1, 'Ses01M_script01_1', 'M003'),
        labels: { emotion: 'hap', speaker: 'Ses01M', gender: 'male' },
        session: 'Session1',
        style: 'scripted',
      },
      {
        path: wav(3, 'Ses03M_impro08b', 'M000'),
        labels: { emotion: 'sad', speaker: 'Ses03M', gender: 'male' },
        session: 'Session3',
        style: 'improvised',
      },
    ]);
    expect(corpus.skipped).toEqual([]);
    expect(corpus.leftOut?.map(({ path, reason }) => [nameOf(path), reason])).toEqual([
      ['Ses01F_impro01_F001.wav', 'emotion xxx not wanted'],
      ['Ses01M_script01_1_F002.wav', 'emotion exc not wanted'],
      ['Ses01M_script01_1_F003.wav', 'emotion fru not wanted'],
      ['Ses03M_impro08b_F010.wav', 'emotion exc not wanted'],
      ['Ses03M_impro08b_F011.wav', 'emotion xxx not wanted'],
    ]);
  });

  it('notes that the counts are not the published ones, and nothing where they are', async () => {
    expect((await readCorpus('iemocap', files, 'ie')).notes).toEqual([
      'IEMOCAP as published has 4490 (neu 1708, ang 1103, sad 1084, hap 595) utterances of its ' +
        'four usual classes, this copy has 4 (neu 1, ang 1, sad 1, hap 1)',
    ]);
    const labels = [
      ...Array<string>(1708).fill('neu'),
      ...Array<string>(1103).fill('ang'),
      ...Array<string>(1084).fill('sad'),
      ...Array<string>(595).fill('hap'),
      'xxx',
    ];
    const names = labels.map((label, i) => [`Ses05F_impro01_F${i}`, label] as const);
    const folder = 'whole/Session5/sentences/wav/Ses05F_impro01';
    const whole = new MemoryFiles({
      'whole/Session5/dialog/EmoEvaluation/Ses05F_impro01.txt': evaluation(names),
      ...Object.fromEntries(names.map(([name]) => [`${folder}/${name}.wav`, ''])),
    });
    const corpus = await readCorpus('iemocap', whole, 'whole', { merge: { xxx: 'neu' } });
    expect(corpus.utterances.length).toBe(4491);
    expect(corpus.notes).toEqual([]);
  });

  it('merges on request alone, and keeps what is asked for of all labels', async () => {
    const emotions = async (filters: object) => {
      const { utterances } = await readCorpus('iemocap', files, 'ie', filters);
      return utterances.map(({ labels }) => labels['emotion']);
    };
    expect(await emotions({ merge: { exc: 'hap' } })).toEqual([
      'neu',
      'ang',
      'hap',
      'hap',
      'sad',
      'hap',
    ]);
    expect(await emotions({ emotions: ['xxx', 'fru'] })).toEqual(['xxx', 'fru', 'xxx']);
    expect(
      await emotions({ merge: { exc: 'hap' }, emotions: ['hap'], style: 'improvised' }),
    ).toEqual(['hap']);
  });

  it('takes FLAC, the folder above, and CRLF', async () => {
    const own = new MemoryFiles({
      'data/IEMOCAP_full_release/Session2/dialog/EmoEvaluation/Ses02F_impro03.txt': evaluation([
        ['Ses02F_impro03_M001', 'sad'],
      ]).replaceAll('\n', '\r\n'),
      'data/IEMOCAP_full_release/Session2/sentences/wav/Ses02F_impro03/Ses02F_impro03_M001.flac':
        recording(),
    });
    const { utterances, skipped } = await readCorpus('iemocap', own, 'data');
    expect(utterances.map(({ path }) => nameOf(path))).toEqual(['Ses02F_impro03_M001.flac']);
    expect(utterances[0]?.session).toBe('Session2');
    expect(skipped).toEqual([]);
  });

  it('skips what is missing, listed twice or no utterance, and fails at it with strict', async () => {
    const odd = new MemoryFiles(iemocapFiles('ie', smallIemocap));
    const evaluations = 'ie/Session1/dialog/EmoEvaluation';
    await odd.remove('ie/Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M000.wav');
    const copy = evaluation([['Ses01F_impro01_F000', 'neu']]);
    await odd.write(`${evaluations}/Ses01F_impro01_copy.txt`, `${copy}[1.0 - 2.0]\tSes01\tneu\n`);
    const { utterances, skipped } = await readCorpus('iemocap', odd, 'ie');
    expect(utterances.length).toBe(3);
    expect(skipped.map(({ path, reason }) => [nameOf(path), reason])).toEqual([
      ['Ses01F_impro01_copy.txt', 'line 11 is not an utterance: [1.0 - 2.0]\tSes01\tneu'],
      ['Ses01F_impro01_copy.txt', 'lists Ses01F_impro01_F000, which is already listed'],
      ['Ses01F_impro01_M000.wav', 'there is no such file'],
    ]);
    const strict = readCorpus('iemocap', odd, 'ie', { strict: true });
    await expect(strict).rejects.toThrow(CorpusError);
    await expect(strict).rejects.toThrow('(and 2 more like it)');
  });

  it('says what it looked for in a wrong folder', async () => {
    const attempt = (entries: Record<string, string>) =>
      readCorpus('iemocap', new MemoryFiles(entries), 'ie');
    await expect(attempt({ 'ie/x.wav': '' })).rejects.toThrow(
      'there is no Session1 to Session5 in ie',
    );
    await expect(attempt({ 'ie/Session4/x.txt': '' })).rejects.toThrow(
      'no utterance is listed in ie/Session1/dialog/EmoEvaluation/*.txt',
    );
    const table = 'ie/Session1/dialog/EmoEvaluation/Ses01F_impro01.txt';
    const alone = { [table]: evaluation([['Ses01F_impro01_F000', 'neu']]) };
    await expect(attempt(alone)).rejects.toThrow('none of the 1 recordings of the iemocap corpus');
  });
});
