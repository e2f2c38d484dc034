import { describe, expect, it } from 'vitest';
import { CorpusError, FormatError } from '../../src/core/errors.js';
import { readCorpus } from '../../src/corpora/registry.js';
import { MemoryFiles } from '../support/memory-files.js';

/** Reads a corpus of empty files: readers go by names alone. */
function read(format: string, paths: readonly string[], folder = 'c') {
  return readCorpus(format, folderOf(paths), folder);
}

function folderOf(paths: readonly string[]): MemoryFiles {
  return new MemoryFiles(Object.fromEntries(paths.map((path) => [`c/${path}`, 'audio'])));
}

/** `path emotion speaker gender` of each utterance. */
async function lines(format: string, paths: readonly string[]): Promise<string[]> {
  const { utterances, skipped } = await read(format, paths);
  expect(skipped).toEqual([]);
  return utterances.map(({ path, labels }) =>
    [path.slice(2), labels['emotion'], labels['speaker'], labels['gender']].join(' '),
  );
}

describe('names tell the labels', () => {
  it('emodb', async () => {
    const letters = ['W', 'L', 'E', 'A', 'F', 'T', 'N'];
    const paths = letters.map((letter) => `wav/03a01${letter}a.wav`);
    const found = await lines('emodb', ['erkennung.txt', ...paths]);
    expect(found.map((line) => line.split(' ')[1]).sort()).toEqual(
      ['anger', 'boredom', 'disgust', 'fear', 'happiness', 'sadness', 'neutral'].sort(),
    );
    expect(found[0]).toBe('wav/03a01Aa.wav fear 03 male');
    const speakers = ['03', '08', '09', '10', '11', '12', '13', '14', '15', '16'];
    const all = await lines(
      'emodb',
      speakers.map((speaker) => `wav/${speaker}b10Wc.flac`),
    );
    expect(all.map((line) => line.split(' ').slice(2).join(' '))).toEqual([
      '03 male',
      '08 female',
      '09 female',
      '10 male',
      '11 male',
      '12 male',
      '13 female',
      '14 female',
      '15 male',
      '16 female',
    ]);
  });

  it('ravdess, without song and video, in nested folders', async () => {
    const paths = [
      'Audio_Speech_Actors_01-24/Actor_01/03-01-06-01-02-01-01.wav',
      'Audio_Speech_Actors_01-24/Actor_12/03-01-02-02-01-02-12.wav',
      'Actor_24/03-01-08-01-01-01-24.wav',
      'Actor_24/03-02-05-01-01-01-24.wav',
      'Actor_24/01-01-05-01-01-01-24.wav',
      'Actor_24/02-01-05-01-01-01-24.mp4',
      // their archive unpacked twice
      'Actor_01/03-01-06-01-02-01-01.wav',
    ];
    const corpus = await read('ravdess', paths);
    expect(corpus.utterances).toEqual([
      {
        path: 'c/Actor_01/03-01-06-01-02-01-01.wav',
        labels: { emotion: 'fear', speaker: '01', gender: 'male' },
      },
      {
        path: 'c/Actor_24/03-01-08-01-01-01-24.wav',
        labels: { emotion: 'surprise', speaker: '24', gender: 'female' },
      },
      {
        path: 'c/Audio_Speech_Actors_01-24/Actor_12/03-01-02-02-01-02-12.wav',
        labels: { emotion: 'calm', speaker: '12', gender: 'female' },
      },
    ]);
    expect(corpus.leftOut?.map(({ reason }) => reason)).toEqual([
      'from a video',
      'song',
      'another copy of a recording',
    ]);
    const song = read('ravdess', ['Actor_01/03-02-06-01-02-01-01.wav']);
    await expect(song).rejects.toThrow(
      'none of the 1 WAV and FLAC files in c and below is used ' +
        '(c/Actor_01/03-02-06-01-02-01-01.wav: song)',
    );
  });

  it('cremad, with genders from its table', async () => {
    const paths = ['AudioWAV/1001_DFA_ANG_XX.wav', 'AudioWAV/1002_ITH_SAD_X.wav'];
    const files = folderOf(paths);
    const bare = await readCorpus('cremad', files, 'c');
    expect(bare.utterances[0]?.labels).toEqual({ emotion: 'anger', speaker: '1001' });
    expect(bare.notes).toEqual(['there is no c/VideoDemographics.csv: genders are unknown']);
    const table =
      'ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n1002,21,Female,Caucasian,Not Hispanic\n';
    await files.write('c/VideoDemographics.csv', table);
    for (const folder of ['c', 'c/AudioWAV']) {
      const { utterances, notes } = await readCorpus('cremad', files, folder);
      expect(utterances.map(({ labels }) => labels)).toEqual([
        { emotion: 'anger', speaker: '1001', gender: 'male' },
        { emotion: 'sadness', speaker: '1002', gender: 'female' },
      ]);
      expect(notes).toBeUndefined();
    }
    await files.write('c/VideoDemographics.csv', 'Actor,Age\n1001,51\n');
    await expect(readCorpus('cremad', files, 'c')).rejects.toThrow(FormatError);
  });

  it('savee, in folders and flat', async () => {
    expect(
      await lines('savee', [
        'AudioData/DC/a01.wav',
        'AudioData/JE/sa01.wav',
        'AudioData/JE/su15.wav',
        'AudioData/KL/n30.wav',
      ]),
    ).toEqual([
      'AudioData/DC/a01.wav anger DC male',
      'AudioData/JE/sa01.wav sadness JE male',
      'AudioData/JE/su15.wav surprise JE male',
      'AudioData/KL/n30.wav neutral KL male',
    ]);
    expect(await lines('savee', ['DC_a01.wav', 'JK_d02.wav', 'JK_f02.wav', 'KL_h03.wav'])).toEqual([
      'DC_a01.wav anger DC male',
      'JK_d02.wav disgust JK male',
      'JK_f02.wav fear JK male',
      'KL_h03.wav happiness KL male',
    ]);
    const both = await read('savee', [
      'DC_a01.wav',
      'AudioData/DC/a01.wav',
      'AudioData/JE/a01.wav',
    ]);
    expect(both.utterances.map(({ path }) => path)).toEqual([
      'c/DC_a01.wav',
      'c/AudioData/JE/a01.wav',
    ]);
    const nowhere = await read('savee', ['a01.wav', 'DC_a01.wav']);
    expect(nowhere.skipped.map(({ path }) => path)).toEqual(['c/a01.wav']);
  });

  it('tess', async () => {
    expect(
      await lines('tess', [
        'OAF_Fear/OAF_back_fear.wav',
        'OAF_neutral/OA_bite_neutral.wav',
        'YAF_angry/YAF_youth_angry.wav',
        'YAF_pleasant_surprised/YAF_back_ps.wav',
      ]),
    ).toEqual([
      'OAF_Fear/OAF_back_fear.wav fear OAF female',
      'OAF_neutral/OA_bite_neutral.wav neutral OAF female',
      'YAF_angry/YAF_youth_angry.wav anger YAF female',
      'YAF_pleasant_surprised/YAF_back_ps.wav surprise YAF female',
    ]);
    const rest = ['disgust', 'happy', 'sad'].map((name) => `x/OAF_bar_${name}.wav`);
    expect((await lines('tess', rest)).map((line) => line.split(' ')[1])).toEqual([
      'disgust',
      'happiness',
      'sadness',
    ]);
  });

  it('emovo', async () => {
    const codes = ['dis', 'gio', 'neu', 'pau', 'rab', 'sor', 'tri'];
    const paths = codes.map((code) => `EMOVO/m3/${code}-m3-n5.wav`);
    expect((await lines('emovo', paths)).map((line) => line.split(' ').slice(1).join(' '))).toEqual(
      ['disgust', 'happiness', 'neutral', 'fear', 'anger', 'surprise', 'sadness'].map(
        (emotion) => `${emotion} m3 male`,
      ),
    );
    expect(await lines('emovo', ['f1/dis-f1-b1.wav'])).toEqual([
      'f1/dis-f1-b1.wav disgust f1 female',
    ]);
  });

  it('jlcorpus, with secondary emotions under their own names', async () => {
    const primary = ['angry', 'excited', 'happy', 'neutral', 'sad'];
    const secondary = ['anxious', 'apologetic', 'assertive', 'concerned', 'encouraging'];
    const folder = 'Raw JL corpus (unchecked and unannotated)/JL(wav+txt)';
    const emotionsOf = async (names: readonly string[]) => {
      const { utterances } = await read(
        'jlcorpus',
        names.map((name) => `${folder}/male2_${name}_1b_2.wav`),
      );
      return utterances.map(({ labels }) => labels['emotion']);
    };
    expect(await emotionsOf(primary)).toEqual([
      'anger',
      'excitement',
      'happiness',
      'neutral',
      'sadness',
    ]);
    expect(await emotionsOf(secondary)).toEqual(secondary);
    const speakers = ['female1', 'female2', 'male1', 'male2'];
    expect(
      await lines('jlcorpus', [
        'female1_angry_10a_1.txt',
        ...speakers.map((speaker) => `${speaker}_sad_15a_1.wav`),
      ]),
    ).toEqual([
      'female1_sad_15a_1.wav sadness female1 female',
      'female2_sad_15a_1.wav sadness female2 female',
      'male1_sad_15a_1.wav sadness male1 male',
      'male2_sad_15a_1.wav sadness male2 male',
    ]);
  });

  it('subesco, whose women and men have the same numbers, with its misspelt file', async () => {
    const codes = ['ANGRY', 'DISGUST', 'FEAR', 'HAPPY', 'NEUTRAL', 'SAD', 'SURPRISE'];
    const paths = codes.map((code) => `SUBESCO/M_02_MONIR_S_7_${code}_5.wav`);
    expect(
      (await lines('subesco', paths)).map((line) => line.split(' ').slice(1).join(' ')),
    ).toEqual(
      ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise'].map(
        (emotion) => `${emotion} M02 male`,
      ),
    );
    const odd = 'F_02_MONIKA_S_2_SURPRISE_3].wav';
    expect(await lines('subesco', [`SUBESCO/${odd}`])).toEqual([
      `SUBESCO/${odd} surprise F02 female`,
    ]);
    const both = await read('subesco', [odd, 'F_02_MONIKA_S_2_SURPRISE_3.wav']);
    expect(both.utterances.length).toBe(1);
    expect(both.leftOut?.map(({ reason }) => reason)).toEqual(['another copy of a recording']);
  });

  it('mesd, by voice, without those made less natural', async () => {
    const folder = 'Mexican Emotional Speech Database (MESD)';
    expect(
      await lines('mesd', [
        `${folder}/Anger_C_A_abajo.wav`,
        `${folder}/Disgust_F_B_asco.wav`,
        `${folder}/Fear_M_A_por_favor.wav`,
        `${folder}/Happiness_F_A_adiós.wav`,
        `${folder}/Neutral_M_B_puerta.wav`,
        `${folder}/Sadness_F_A_ayer.wav`,
      ]),
    ).toEqual([
      `${folder}/Anger_C_A_abajo.wav anger C `,
      `${folder}/Disgust_F_B_asco.wav disgust F female`,
      `${folder}/Fear_M_A_por_favor.wav fear M male`,
      `${folder}/Happiness_F_A_adiós.wav happiness F female`,
      `${folder}/Neutral_M_B_puerta.wav neutral M male`,
      `${folder}/Sadness_F_A_ayer.wav sadness F female`,
    ]);
    const reduced = await read('mesd', ['Anger_F_B_L1_abuso.wav', 'Anger_F_B_abuso.wav']);
    expect(reduced.utterances.map(({ path }) => path)).toEqual(['c/Anger_F_B_abuso.wav']);
    expect(reduced.leftOut).toEqual([
      { path: 'c/Anger_F_B_L1_abuso.wav', reason: 'made less natural' },
    ]);
  });

  it('turev, without filtered copies', async () => {
    const four = [
      'Angry/1157_kz_cene.wav',
      'Calm/1234_sk_acik.wav',
      'Happy/1358_mt_acik.wav',
      'Sad/7895_hl_ogul1.wav',
    ];
    const labels = ['anger 1157 ', 'calm 1234 ', 'happiness 1358 ', 'sadness 7895 '];
    for (const place of ['', 'Sound Source/', 'TurEV-DB/Sound Source/']) {
      const paths = four.map((path) => `${place}${path}`);
      expect(await lines('turev', paths)).toEqual(paths.map((path, i) => `${path} ${labels[i]}`));
    }
    const sound = 'Model Output for Test Data/testEmotions500HighPass/sound';
    const copies = four.map((path) => `${sound}/${path}`);
    const originals = four.map((path) => `Sound Source/${path}`);
    const { utterances, leftOut } = await read('turev', [...copies, ...originals]);
    expect(utterances.map(({ path }) => path)).toEqual(originals.map((path) => `c/${path}`));
    expect(leftOut).toEqual(
      copies.map((path) => ({
        path: `c/${path}`,
        reason: 'outside Sound Source, as filtered copies are',
      })),
    );
    await expect(read('turev', copies)).rejects.toThrow(
      '4 WAV and FLAC files in c and below is used',
    );
    const all = folderOf([...copies, ...originals]);
    for (const folder of ['c/Sound Source', './c/../c/Sound Source/Sad']) {
      const inner = await readCorpus('turev', all, folder);
      expect(inner.leftOut).toBeUndefined();
    }
  });

  it('emotale, with genders from its table', async () => {
    const letters = ['A', 'B', 'H', 'N', 'S'];
    const files = folderOf([
      ...letters.map((letter) => `wav/DK_001_${letter}_1.wav`),
      'wav/EN_001_A_5.wav',
      'wav/EN_004_A_5.wav',
    ]);
    const bare = await readCorpus('emotale', files, 'c');
    expect(bare.notes).toEqual(['there is no c/speaker_info.csv: genders are unknown']);
    expect(bare.utterances[0]?.labels).toEqual({ emotion: 'anger', speaker: '001' });
    await files.write('c/speaker_info.csv', 'speaker,gender,age\n001,F,22\n004,M,24\n');
    for (const folder of ['c', 'c/wav']) {
      const { utterances, notes } = await readCorpus('emotale', files, folder);
      expect(notes).toBeUndefined();
      expect(utterances.map(({ labels }) => Object.values(labels).join(' '))).toEqual([
        'anger 001 female',
        'boredom 001 female',
        'happiness 001 female',
        'neutral 001 female',
        'sadness 001 female',
        'anger 001 female',
        'anger 004 male',
      ]);
    }
    await files.write('c/speaker_info.csv', 'name,gender\n001,F\n');
    await expect(readCorpus('emotale', files, 'c')).rejects.toThrow(FormatError);
  });
});

describe('every corpus of names', () => {
  const some = {
    emodb: ['wav/03a01Fa.wav', 'wav/03a01Fa2.wav', 'wav/07a01Fa.wav', 'wav/03a01Xa.wav'],
    ravdess: [
      'Actor_12/03-01-06-01-02-01-12.wav',
      'Actor_12/03-01-09-01-02-01-12.wav',
      'Actor_25/03-01-06-01-02-01-25.wav',
      'Actor_12/03-01-06-01-02-01.wav',
    ],
    cremad: [
      'AudioWAV/1001_DFA_ANG_XX.wav',
      'AudioWAV/1001_DFA_JOY_XX.wav',
      'AudioWAV/DFA_ANG_XX.wav',
      'AudioWAV/1001_DFA_ANG_XX_2.wav',
    ],
    savee: ['AudioData/DC/a01.wav', 'AudioData/DC/b01.wav', 'AudioData/XY/a01.wav', 'DC_a1.wav'],
    tess: [
      'OAF_angry/OAF_back_angry.wav',
      'OAF_angry/MAF_back_angry.wav',
      'OAF_angry/OAF_back_joy.wav',
      'OAF_angry/OAF_angry.wav',
    ],
    emovo: ['f1/dis-f1-b1.wav', 'f1/joy-f1-b1.wav', 'f1/dis-f4-b1.wav', 'f1/dis-f1.wav'],
    jlcorpus: [
      'Raw JL corpus (unchecked and unannotated)/JL(wav+txt)/female1_angry_10a_1.wav',
      'female1_bored_10a_1.wav',
      'female3_angry_10a_1.wav',
      'female1_angry_10a.wav',
    ],
    subesco: [
      'SUBESCO/F_02_MONIKA_S_1_NEUTRAL_5.wav',
      'SUBESCO/F_02_MONIKA_S_1_BORED_5.wav',
      'SUBESCO/C_02_MONIKA_S_1_NEUTRAL_5.wav',
      'SUBESCO/F_02_MONIKA_S_1_NEUTRAL.wav',
    ],
    mesd: [
      'Mexican Emotional Speech Database (MESD)/Anger_C_A_abajo.wav',
      'Surprise_C_A_abajo.wav',
      'Anger_X_A_abajo.wav',
      'Anger_C_A_.wav',
    ],
    turev: [
      'Sound Source/Angry/1157_kz_cene.wav',
      'Sound Source/Angry/1157_xx_cene.wav',
      'Sound Source/Angry/kz_cene.wav',
      'Sound Source/Angry/1157_kz.wav',
    ],
    emotale: ['wav/DK_001_A_1.wav', 'wav/SE_001_A_1.wav', 'wav/DK_001_X_1.wav', 'wav/DK_001_A.wav'],
  };

  it.each(Object.entries(some))(
    'skips other names, passes over leftovers: %s',
    async (format, paths) => {
      const [good = '', ...odd] = paths;
      const hidden = good.replace(/[^/]*$/, (name) => `._${name}`);
      const corpus = await read(format, [
        ...paths,
        hidden,
        `__MACOSX/${good}`,
        '.DS_Store',
        'a.txt',
      ]);
      expect(corpus.utterances.map(({ path }) => path)).toEqual([`c/${good}`]);
      expect(corpus.skipped.map(({ path }) => path).sort()).toEqual(
        odd.map((o) => `c/${o}`).sort(),
      );
      expect(corpus.skipped[0]?.reason).toContain(`recordings: ${good}`);
      const strict = readCorpus(format, folderOf(paths), 'c', { strict: true });
      await expect(strict).rejects.toThrow(CorpusError);

      await expect(read(format, odd)).rejects.toThrow(
        /none of the 3 WAV and FLAC files in c and below is named like/,
      );
      const none = read(format, ['data.tsv']);
      await expect(none).rejects.toThrow(CorpusError);
      await expect(none).rejects.toThrow(
        `there are no WAV or FLAC files in c and below, such as ${good}`,
      );
      await expect(read(format, ['data.tsv'], 'c/data.tsv')).rejects.toThrow(CorpusError);
    },
  );

  it('ends at some depth', async () => {
    const deep = 'a/b/c/d/e/f1/dis-f1-b1.wav';
    await expect(read('emovo', [deep])).rejects.toThrow('there are no WAV or FLAC files');
    expect((await read('emovo', [deep], 'c/a/b')).utterances.length).toBe(1);
  });
});
