import { describe, expect, it } from 'vitest';
import { CorpusError, UsageError } from '../../src/core/errors.js';
import { numbersOf } from '../../src/corpora/labels.js';
import { readManifest, writeManifest } from '../../src/corpora/manifest.js';
import { readCorpus, refuseWithoutNumbers } from '../../src/corpora/registry.js';
import { datasetOf } from '../../src/data/dataset.js';
import { MemoryFiles } from '../support/memory-files.js';
import { recording } from './stand-ins.js';

const header = 'path,emotion,speaker,gender,arousal,valence\n';

function manifest(...rows: string[]): MemoryFiles {
  const text = header + rows.map((row) => `${row}\n`).join('');
  return new MemoryFiles({ 'a.wav': '', 'b.wav': '', 'c.wav': '', 'm.csv': text });
}

const regression = ['arousal', 'valence'];

describe('columns of numbers', () => {
  const files = manifest('a.wav,joy,S1,,3.25,-1e2', 'b.wav,,S1,, ,4', 'c.wav,,,,,');

  it('are read by name; an empty cell is unlabelled', async () => {
    const { utterances } = await readCorpus('manifest', files, 'm.csv', { regression });
    expect(utterances.map(({ values }) => values)).toEqual([
      { arousal: 3.25, valence: -100 },
      { valence: 4 },
      undefined,
    ]);
    expect(numbersOf(utterances)).toEqual({
      arousal: Float32Array.of(3.25, NaN, NaN),
      valence: Float32Array.of(-100, 4, NaN),
    });
    const items = utterances.map(() => ({ normalised: new Float32Array(36), seconds: 1 }));
    const { targets } = datasetOf(utterances, items, { emotion: ['joy'] });
    expect(targets).toEqual({ emotion: Int32Array.of(0, -1, -1), ...numbersOf(utterances) });
  });

  it('are refused unless they are named', async () => {
    await expect(readManifest(files, 'm.csv')).rejects.toMatchObject({
      message: 'm.csv, line 1: the header has the unknown columns "arousal", "valence"',
      hint: expect.stringContaining('--regression') as string,
    });
  });

  it.each(['high', '3,1', '0x10', 'NaN', 'Infinity', '1e999', '--3', '3 4'])(
    'refuse %s with line and column',
    async (cell) => {
      const own = manifest('a.wav,,,,1,2', `b.wav,,,,"${cell}",2`);
      const reading = readManifest(own, 'm.csv', { regression });
      await expect(reading).rejects.toThrow(CorpusError);
      await expect(reading).rejects.toThrow(
        `m.csv, line 3: column "arousal" holds ${JSON.stringify(cell)}, which is not a number`,
      );
    },
  );

  it('cannot be those of labels', async () => {
    const reading = readManifest(files, 'm.csv', { regression: ['speaker', ...regression] });
    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow('the column speaker cannot hold the numbers');
  });

  it('are refused where there are none', async () => {
    const wanted = { regression: [...regression, 'dominance'] };
    const corpus = await readCorpus('manifest', files, 'm.csv', wanted);
    expect(() => refuseWithoutNumbers(corpus, wanted)).toThrow(
      'the manifest corpus has no numbers for "dominance"',
    );
    expect(() => refuseWithoutNumbers(corpus, { regression })).not.toThrow();
  });

  it('are written and read again', async () => {
    const { utterances } = await readCorpus('manifest', files, 'm.csv', { regression });
    await writeManifest(files, 'again.csv', utterances);
    const again = await readCorpus('manifest', files, 'again.csv', { regression });
    expect(again.utterances).toEqual(utterances);
  });
});

describe('attributes of IEMOCAP', () => {
  const turn = (name: string, attributes: string) =>
    `[6.2901 - 8.2357]\t${name}\tneu\t[${attributes}]\nA-E3:\tval 3; act 2; dom  2;\t()\n\n`;
  const folder = 'ie/Session1/sentences/wav/Ses01F_impro01';
  const files = new MemoryFiles({
    'ie/Session1/dialog/EmoEvaluation/Ses01F_impro01.txt':
      '% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n' +
      turn('Ses01F_impro01_F000', '2.5000, 3.3333, 4.0000') +
      turn('Ses01F_impro01_F001', '1.5, , nan'),
    [`${folder}/Ses01F_impro01_F000.wav`]: recording(),
    [`${folder}/Ses01F_impro01_F001.wav`]: recording(),
  });

  it('are the means of the summary line: valence, activation (arousal), dominance', async () => {
    const wanted = ['arousal', 'valence', 'dominance'];
    const { utterances } = await readCorpus('iemocap', files, 'ie', { regression: wanted });
    expect(utterances.map(({ values }) => values)).toEqual([
      { valence: 2.5, arousal: 3.3333, dominance: 4 },
      { valence: 1.5 },
    ]);
  });

  it('are left out unless they are named', async () => {
    const { utterances } = await readCorpus('iemocap', files, 'ie');
    expect(utterances.every(({ values }) => values === undefined)).toBe(true);
    const some = await readCorpus('iemocap', files, 'ie', { regression: ['arousal'] });
    expect(some.utterances.map(({ values }) => values)).toEqual([{ arousal: 3.3333 }, undefined]);
  });
});

describe('attributes of EmoTale', () => {
  const table = [
    'file,a1_A,a1_V,a1_D,a1_cat,a2_A,a2_V,a2_D,a2_cat,gt_emotion',
    'DK_001_A_1.wav,4.0,1.5,4.5,A,5.0,2.0,4.5,A,A',
    'EN_001_N_2.wav,3.0,,2.5,N,,,nan,N,N',
    '',
  ].join('\n');
  const tables = {
    'et/annotations.csv': table,
    'et/speaker_info.csv': 'speaker,gender,age\n001,F,22\n',
  };
  const recordings = {
    'et/wav/DK_001_A_1.wav': '',
    'et/wav/DK_001_A_2.wav': '',
    'et/wav/EN_001_N_2.wav': '',
  };
  const wanted = ['arousal', 'valence', 'dominance'];
  const valuesIn = async (files: MemoryFiles, regression?: readonly string[], folder = 'et') => {
    const corpus = await readCorpus('emotale', files, folder, regression && { regression });
    return corpus.utterances.map(({ values }) => values);
  };

  it('are the means over the raters who gave a number', async () => {
    const files = new MemoryFiles({ ...tables, ...recordings });
    for (const folder of ['et', 'et/wav']) {
      expect(await valuesIn(files, wanted, folder)).toEqual([
        { arousal: 4.5, valence: 1.75, dominance: 4.5 },
        undefined,
        { arousal: 3, dominance: 2.5 },
      ]);
    }
  });

  it('are left out unless they are named, and their table is not needed', async () => {
    const files = new MemoryFiles({ ...tables, ...recordings });
    expect(await valuesIn(files)).toEqual([undefined, undefined, undefined]);
    expect(await valuesIn(files, ['dominance'])).toEqual([
      { dominance: 4.5 },
      undefined,
      { dominance: 2.5 },
    ]);
    await files.remove('et/annotations.csv');
    expect((await readCorpus('emotale', files, 'et')).notes).toBeUndefined();
    const corpus = await readCorpus('emotale', files, 'et', { regression: wanted });
    expect(corpus.notes).toEqual(['there is no et/annotations.csv: numbers are unknown']);
    expect(() => refuseWithoutNumbers(corpus, { regression: wanted })).toThrow(
      'the emotale corpus has no numbers for "arousal"',
    );
  });
});
