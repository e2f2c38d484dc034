/** The models that come along: what each is trained on, what it is held against, and its terms. */

export interface Recipe {
  readonly name: string;
  readonly emotions: readonly string[];
  /** Formats of the corpora that it is trained on. */
  readonly train: readonly string[];
  /**
   * Those that it never hears and that its temperature and threshold are fitted on. Empty: the corpora of `train`, each
   * heard by a model of the others.
   */
  readonly fit: readonly string[];
  /** Those that it never hears and that decide nothing; one that is not at hand is left out. */
  readonly check: readonly string[];
  /** Terms of the model, an SPDX id. */
  readonly license: string;
  /** How it is trained, beyond the preset `alstm`. */
  readonly settings: unknown;
}

const four = ['anger', 'happiness', 'neutral', 'sadness'];
const six = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness'];
/** Copies under every condition, each of them normalised alone, so that one recording of a voice is enough. */
const features = { conditions: ['echo', 'noise', 'telephone', 'level'], strangers: true };

const open = {
  train: ['emodb'],
  fit: ['nemo', 'ravdess'],
  license: 'MIT',
  settings: { features, training: { minSteps: 2400 } },
};
/** Of much more speech: fewer epochs. */
const nc = {
  train: ['emodb', 'nemo', 'ravdess'],
  fit: [],
  license: 'CC-BY-NC-SA-4.0',
  settings: { features, training: { epochs: 3 } },
};
const check = ['emotale', 'turev'];

export const recipes: readonly Recipe[] = [
  { name: 'voices-4', emotions: four, ...open, check },
  { name: 'voices-6', emotions: six, ...open, check },
  { name: 'voices-4-nc', emotions: four, ...nc, check },
  { name: 'voices-6-nc', emotions: six, ...nc, check },
];

/** Emotions of a corpus under other names. */
export const maps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  turev: { calm: 'neutral' },
};

/** What is spoken in a corpus. */
const languages: Readonly<Record<string, string>> = {
  cremad: 'English',
  emodb: 'German',
  emovo: 'Italian',
  emozionalmente: 'Italian',
  jlcorpus: 'English',
  mesd: 'Spanish',
  nemo: 'Polish',
  ravdess: 'English',
  savee: 'English',
  subesco: 'Bangla',
  tess: 'English',
  turev: 'Turkish',
};

/** @param path of a recording: EmoTale has two languages */
export function languageOf(corpus: string, path: string): string {
  if (corpus !== 'emotale') return languages[corpus] ?? 'unknown';
  return /(^|\/)DK_[^/]*$/.test(path) ? 'Danish' : 'English';
}
