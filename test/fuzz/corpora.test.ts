import fc from 'fast-check';
import { expect } from 'vitest';
import type { Files } from '../../src/core/files.js';
import type { Corpus } from '../../src/corpora/corpus.js';
import { readCremad } from '../../src/corpora/cremad.js';
import { readIemocap } from '../../src/corpora/iemocap.js';
import { readManifest } from '../../src/corpora/manifest.js';
import { readNemo } from '../../src/corpora/nemo.js';
import { evaluation, recording } from '../corpora/stand-ins.js';
import { MemoryFiles } from '../support/memory-files.js';
import { byteEdits, editBytes } from './bytes.js';
import { fuzz } from './fuzz.js';
import { editText, textEdits } from './texts.js';

const wav = recording(0.01);
const encoder = new TextEncoder();

/** A corpus of which one file, its table, is a stranger's. */
interface Sample {
  readonly table: string;
  readonly text: string;
  readonly others: readonly string[];
  readonly read: (files: Files, folder: string) => Promise<Corpus>;
}

const dialog = 'Session1/sentences/wav/Ses01F_impro01';
const samples: Readonly<Record<string, Sample>> = {
  manifest: {
    table: 'manifest.csv',
    text:
      'path,emotion,speaker,gender,split\n' +
      'a.wav,"joy, or ""so""",ann,female,train\nb.wav,,ben,male,test\n',
    others: ['a.wav', 'b.wav'],
    read: readManifest,
  },
  'IEMOCAP evaluation': {
    table: 'Session1/dialog/EmoEvaluation/Ses01F_impro01.txt',
    text: evaluation([
      ['Ses01F_impro01_F000', 'neu'],
      ['Ses01F_impro01_M000', 'ang'],
    ]),
    others: [`${dialog}/Ses01F_impro01_F000.wav`, `${dialog}/Ses01F_impro01_M000.wav`],
    read: readIemocap,
  },
  'nEMO data.tsv': {
    table: 'data.tsv',
    text:
      'file_id\temotion\traw_text\tspeaker_id\tgender\tage\n' +
      'a.wav\tanger\tto jest "zdanie"\tSK1\tfemale\t20\nb.wav\tsadness\t\tMJ2\tmale\t31\n',
    others: ['samples/a.wav', 'samples/b.wav'],
    read: readNemo,
  },
  'CREMA-D demographics': {
    table: 'VideoDemographics.csv',
    text: 'ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n1002,21,Female,,\n',
    others: ['AudioWAV/1001_DFA_ANG_XX.wav', 'AudioWAV/1002_IEO_SAD_HI.wav'],
    read: readCremad,
  },
};

for (const [name, { table, text, others, read }] of Object.entries(samples)) {
  const inputs = fc.oneof(
    textEdits.map((edits) => encoder.encode(editText(text, edits))),
    textEdits.map((edits) => encoder.encode(editText(text, edits))),
    byteEdits.map((edits) => editBytes(encoder.encode(text), edits)),
  );
  fuzz(
    name,
    inputs,
    (bytes) => bytes,
    async (bytes) => {
      const recordings = others.map((path) => [`top/in/${path}`, wav] as const);
      const files = new MemoryFiles({
        ...Object.fromEntries(recordings),
        [`top/in/${table}`]: bytes,
        'top/secret.wav': wav,
      });
      const { utterances } = await read(files, 'top/in');
      for (const { path } of utterances) expect(path.startsWith('top/in/')).toBe(true);
      for (const { labels } of utterances) expect(Object.values(labels)).not.toContain(undefined);
    },
  );
}
