import { encodeWav } from '../../src/audio/wav.js';

/** A recording of so many seconds; the content does not matter to readers. */
export function recording(seconds = 0.05): Uint8Array {
  const length = Math.round(8000 * seconds);
  return encodeWav(
    Float32Array.from({ length }, (_, n) => 0.3 * Math.sin(n * (0.2 + n / 40_000))),
    8000,
  );
}

/** An utterance of an evaluation file with the answers of three evaluators, as IEMOCAP has them. */
function turn(name: string, label: string, at: number): string {
  return [
    `[${at.toFixed(4)} - ${(at + 1.9456).toFixed(4)}]\t${name}\t${label}\t[2.5000, 2.5000, 2.5000]`,
    'C-E2:\tNeutral;\t()',
    'C-E3:\tNeutral; Anger;\t(a bit tense)',
    'C-F1:\tNeutral;\t()',
    'A-E3:\tval 3; act 2; dom  2;\t()',
    'A-E4:\tval 2; act 3; dom  3;\t(mildly aggravated but staying polite, attitude)',
    'A-F1:\tval 3; act 2; dom  1;\t()',
    '',
  ].join('\n');
}

/** The evaluation file of a dialog. */
export function evaluation(turns: readonly (readonly [name: string, label: string])[]): string {
  const header = '% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n';
  return header + turns.map(([name, label], i) => `${turn(name, label, 6.29 + i)}\n`).join('');
}

type Dialogs = Readonly<
  Record<string, readonly (readonly [turn: string, label: string, seconds?: number])[]>
>;

/** IEMOCAP as it is laid out, from the turns of its dialogs (`F000`, label, seconds). */
export function iemocapFiles(root: string, dialogs: Dialogs): Record<string, Uint8Array | string> {
  const files: Record<string, Uint8Array | string> = {
    [`${root}/.DS_Store`]: 'Bud1',
    [`${root}/README.txt`]: 'IEMOCAP',
  };
  for (const [dialog, turns] of Object.entries(dialogs)) {
    const session = `${root}/Session${Number(dialog.slice(3, 5))}`;
    const names = turns.map(([name, label]) => [`${dialog}_${name}`, label] as const);
    files[`${session}/dialog/EmoEvaluation/${dialog}.txt`] = evaluation(names);
    files[`${session}/dialog/EmoEvaluation/._${dialog}.txt`] = '\0\x05\x16\x07 Mac OS X [';
    files[`${session}/dialog/EmoEvaluation/Categorical/${dialog}_e2_cat.txt`] =
      `${dialog}_F000 :Neutral; ()\n`;
    for (const [name, , seconds] of turns) {
      const folder = `${session}/sentences/wav/${dialog}`;
      files[`${folder}/${dialog}_${name}.wav`] = recording(seconds);
      files[`${folder}/._${dialog}_${name}.wav`] = '\0\x05\x16\x07';
    }
  }
  return files;
}

/** A small corpus of two sessions, with every kind of dialog. */
export const smallIemocap: Dialogs = {
  Ses01F_impro01: [
    ['F000', 'neu', 0.5],
    ['M000', 'ang', 1],
    ['F001', 'xxx', 1],
  ],
  Ses01M_script01_1: [
    ['M003', 'hap', 2],
    ['F002', 'exc', 2],
    ['F003', 'fru', 1],
  ],
  Ses03M_impro08b: [
    ['M000', 'sad', 3],
    ['F010', 'exc', 1],
    ['F011', 'xxx', 1],
  ],
};
