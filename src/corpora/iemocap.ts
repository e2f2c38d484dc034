import { CorpusError } from '../core/errors.js';
import { readText, type Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import {
  corpusOfExisting,
  type Corpus,
  type Skipped,
  type Style,
  type Utterance,
} from './corpus.js';
import { recordingsIn, visibleNames } from './recordings.js';

/** The four classes on which papers compare, and the published number of utterances of each. */
const published: ReadonlyMap<string, number> = new Map([
  ['neu', 1708],
  ['ang', 1103],
  ['sad', 1084],
  ['hap', 595],
]);

/** Paths in a session's folder. */
const EVALUATIONS = 'dialog/EmoEvaluation';
const RECORDINGS = 'sentences/wav';

/**
 * `[6.2901 - 8.2357]<tab>Ses01F_impro01_F000<tab>neu<tab>[2.5000, 2.5000, 2.5000]`: start and end,
 * utterance, emotion, then valence, activation and dominance: means over the evaluators, from 1 to 5. Names are letters, digits and underscores
 * already here: else namePattern would try every `_F` of a long one against all that follows.
 */
const linePattern = /^\[[\d.]+ - [\d.]+\]\s+(\w+)\s+([a-z]{3})\s+\[(.*)\]\s*$/;
/** The dialog, which begins with its session and the actor with the markers, then speaker and number. */
const namePattern = /^((Ses\d\d)[FM]_(impro|script)\w*)_([FM])\w+$/;

/** An utterance in an evaluation file. */
interface Turn {
  readonly name: string;
  /** The evaluation file that lists it. */
  readonly table: string;
  readonly dialog: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, number>>;
  readonly style: Style;
}

/** Attributes in the order of the evaluation files, which call arousal activation. */
const attributes = ['valence', 'arousal', 'dominance'] as const;

/**
 * IEMOCAP (Busso et al., Language Resources and Evaluation 42(4), 2008): `Session1/` to `Session5/`,
 * each with `dialog/EmoEvaluation/` and `sentences/wav/`. Labels are all of the authors' labels;
 * the four usual classes are kept by default. Speakers are `Ses01F` and so on. Numbers are the means of valence,
 * arousal (which the authors call activation) and dominance over the evaluators.
 *
 * @throws CorpusError, FileError
 */
export async function readIemocap(files: Files, folder: string): Promise<Corpus> {
  const found = new Map<string, Utterance>();
  const skipped: Skipped[] = [];
  for (const { session, path } of await findSessions(files, folder)) {
    const { turns, unread } = await readTurns(files, joinPath(path, EVALUATIONS));
    for (const line of unread) skipped.push(line);
    const dialogs = new Set(turns.map(({ dialog }) => joinPath(path, `${RECORDINGS}/${dialog}`)));
    const recordings = await recordingsOf(files, dialogs);
    for (const { name, table, dialog, labels, values, style } of turns) {
      if (found.has(name)) {
        skipped.push({ path: table, reason: `lists ${name}, which is already listed` });
        continue;
      }
      const place = joinPath(path, `${RECORDINGS}/${dialog}/${name}.wav`);
      found.set(name, { path: recordings.get(name) ?? place, labels, values, session, style });
    }
  }
  if (found.size === 0) {
    throw new CorpusError(
      `no utterance is listed in ${joinPath(folder, 'Session1')}/${EVALUATIONS}/*.txt, nor in the other sessions`,
      'Give the folder of IEMOCAP as published, with dialog/ and sentences/.',
    );
  }
  const corpus = await corpusOfExisting('iemocap', files, [...found.values()]);
  return {
    ...corpus,
    skipped: [...skipped, ...corpus.skipped],
    defaultEmotions: [...published.keys()],
    notes: notesOn(corpus.utterances),
  };
}

/** In the folder itself, or in its archive's subfolder. */
async function findSessions(
  files: Files,
  folder: string,
): Promise<{ readonly session: string; readonly path: string }[]> {
  for (const place of [folder, joinPath(folder, 'IEMOCAP_full_release')]) {
    if (!(await files.isFolder(place))) continue;
    const names = await visibleNames(files, place);
    const sessions = names.filter((name) => /^Session[1-5]$/.test(name));
    if (sessions.length === 0) continue;
    return sessions.map((session) => ({ session, path: joinPath(place, session) }));
  }
  throw new CorpusError(
    `there is no Session1 to Session5 in ${folder}`,
    'Give the folder of IEMOCAP that contains them, usually IEMOCAP_full_release.',
  );
}

/** Path of each recording in these folders by name. */
async function recordingsOf(
  files: Files,
  folders: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  for (const folder of folders) {
    for (const { stem, path } of await recordingsIn(files, folder)) paths.set(stem, path);
  }
  return paths;
}

/** The turns of a session, dialog by dialog. */
async function readTurns(
  files: Files,
  evaluations: string,
): Promise<{ turns: Turn[]; unread: Skipped[] }> {
  const turns: Turn[] = [];
  const unread: Skipped[] = [];
  for (const file of await visibleNames(files, evaluations)) {
    if (!/^Ses.*\.txt$/.test(file)) continue;
    const table = joinPath(evaluations, file);
    const parsed = parseEvaluation(await readText(files, table), table);
    // Not push(...): a file of a hundred thousand lines would overflow the stack.
    for (const turn of parsed.turns) turns.push(turn);
    for (const line of parsed.unread) unread.push(line);
  }
  return { turns, unread };
}

/** Only lines that begin with `[` are utterances; the lines between are the answers of each evaluator. */
function parseEvaluation(text: string, table: string): { turns: Turn[]; unread: Skipped[] } {
  const turns: Turn[] = [];
  const unread: Skipped[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (!line.startsWith('[')) continue;
    const [, name = '', emotion = '', means = ''] = linePattern.exec(line) ?? [];
    const match = namePattern.exec(name);
    if (match === null) {
      unread.push({
        path: table,
        reason: `line ${i + 1} is not an utterance: ${line.slice(0, 60)}`,
      });
      continue;
    }
    const [, dialog = '', session = '', kind, letter = ''] = match;
    const gender = letter === 'F' ? 'female' : 'male';
    turns.push({
      name,
      table,
      dialog,
      labels: { emotion, speaker: `${session}${letter}`, gender },
      values: attributesOf(means),
      style: kind === 'impro' ? 'improvised' : 'scripted',
    });
  }
  return { turns, unread };
}

/** Attributes of `2.5000, 2.5000, 2.5000`; those without a number are left out. */
function attributesOf(means: string): Record<string, number> {
  const numbers = means.split(',').map((text) => (text.trim() === '' ? NaN : Number(text)));
  const found = attributes.map((task, i) => [task, numbers[i] ?? NaN] as const);
  return Object.fromEntries(found.filter(([, value]) => Number.isFinite(value)));
}

/** A note if the four classes are not as large as published. */
function notesOn(utterances: readonly Utterance[]): string[] {
  const counts = new Map([...published.keys()].map((label) => [label, 0]));
  for (const { labels } of utterances) {
    const before = counts.get(labels['emotion'] ?? '');
    if (before !== undefined) counts.set(labels['emotion'] ?? '', before + 1);
  }
  if ([...published].every(([label, count]) => counts.get(label) === count)) return [];
  const text = (sizes: ReadonlyMap<string, number>): string => {
    const total = [...sizes.values()].reduce((sum, count) => sum + count, 0);
    return `${total} (${[...sizes].map(([label, count]) => `${label} ${count}`).join(', ')})`;
  };
  return [
    `IEMOCAP as published has ${text(published)} utterances of its four usual classes, ` +
      `this copy has ${text(counts)}`,
  ];
}
