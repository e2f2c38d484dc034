import { formatCsv, parseCsv } from '../core/csv.js';
import { CorpusError } from '../core/errors.js';
import { readText, type Files } from '../core/files.js';
import { brief, hasControl } from '../core/json.js';
import { isInside, joinPath, parentFolder, relativePath } from '../core/paths.js';
import { tableOf } from '../core/table.js';
import {
  labelsOf,
  missingPaths,
  tasks,
  type Corpus,
  type SplitName,
  type Utterance,
} from './corpus.js';
import type { CorpusPermissions } from './filters.js';

const splitNames: readonly string[] = ['train', 'validation', 'test'] satisfies SplitName[];

/** What programs put where they cannot read a character: several then become one. */
const REPLACEMENT = '\ufffd';

/**
 * Reads a manifest: CSV with the columns path, emotion, speaker, gender and perhaps split, in any
 * order; paths are relative to the file. An empty label means unlabelled. A manifest may be a stranger's:
 * recordings outside its folder are refused, unless `allowOutside`.
 *
 * @param path the file, or a folder that holds `manifest.csv`
 * @throws CorpusError or FormatError with the line of what is wrong; FileError where there is none
 */
export async function readManifest(
  files: Files,
  path: string,
  { allowOutside = false }: CorpusPermissions = {},
): Promise<Corpus> {
  const file = (await files.isFolder(path)) ? joinPath(path, 'manifest.csv') : path;
  const table = tableOf(parseCsv(await readText(files, file), file), file, {
    required: ['path', ...tasks],
    optional: ['split'],
  });
  const folder = parentFolder(file);
  const lines = new Map<string, number>();
  /** Labels that look alike may differ in their code points: first spelling of each, with its line. */
  const spellings = new Map<string, { readonly line: number; readonly label: string }>();
  const utterances = table.rows.map(({ line, cells }): Utterance => {
    const fail = (problem: string, hint: string): CorpusError =>
      new CorpusError(`${file}, line ${line}: ${problem}`, hint);
    if (cells.path.trim() === '') throw fail('the path is empty', 'Give the path of a recording.');
    if (hasControl(cells.path)) {
      const problem = `the path ${brief(cells.path)} holds a control character`;
      throw fail(problem, 'Rename the recording, or correct the path.');
    }
    const recording = joinPath(folder, cells.path);
    if (!allowOutside && !isInside(folder, recording)) {
      throw fail(
        `${brief(cells.path)} lies outside the manifest's folder`,
        'Give --allow-outside (allowOutside) for a manifest of your own, or put it above its recordings.',
      );
    }
    const before = lines.get(recording);
    if (before !== undefined) {
      const problem = `${cells.path} was already on line ${before}`;
      throw fail(problem, 'List each recording once.');
    }
    lines.set(recording, line);
    const labels = labelsOf(cells);
    for (const [task, label] of Object.entries(labels)) {
      if (label.includes(REPLACEMENT)) {
        throw fail(
          `in the ${task} ${brief(label)} a character was lost: U+FFFD stands in its place`,
          'Make the manifest again from its source: a program has read that in a wrong encoding.',
        );
      }
      const key = `${task}/${label.normalize('NFC')}`;
      const first = spellings.get(key) ?? { line, label };
      spellings.set(key, first);
      if (first.label !== label) {
        throw fail(
          `the ${task} ${brief(label)} is spelt in other Unicode code points than on line ${first.line}`,
          'Write it alike everywhere, mostly in NFC: else it counts as two labels.',
        );
      }
    }
    const split = cells['split']?.trim();
    if (split === undefined) return { path: recording, labels };
    if (!isSplitName(split)) {
      throw fail(`the split ${brief(split)} is unknown`, `It is ${splitNames.join(', ')}.`);
    }
    return { path: recording, labels, split };
  });
  if (utterances.length === 0) {
    throw new CorpusError(`${file}: no utterances`, 'Add a line for each recording.');
  }
  const [missing] = await missingPaths(files, [...lines.keys()]);
  if (missing !== undefined) {
    throw new CorpusError(
      `${file}, line ${lines.get(missing)}: there is no file ${missing}`,
      'Paths are relative to the manifest: correct the path or remove the line.',
    );
  }
  return { name: 'manifest', utterances, skipped: [] };
}

/**
 * Writes utterances as a manifest that readManifest gives back, with paths relative to it.
 *
 * @throws CorpusError where there are none, or some have a split and others have none; UsageError where
 *   no relative path is known; WriteError
 */
export async function writeManifest(
  files: Files,
  path: string,
  utterances: readonly Utterance[],
): Promise<void> {
  if (utterances.length === 0) {
    throw new CorpusError(
      `no utterances are left for ${path}`,
      'Without --out the summary says why they are skipped.',
    );
  }
  const withSplit = utterances.filter(({ split }) => split !== undefined).length;
  if (withSplit !== 0 && withSplit !== utterances.length) {
    throw new CorpusError(
      `${withSplit} of ${utterances.length} utterances have a split, the others none`,
      'Give every utterance a split, or none.',
    );
  }
  const folder = parentFolder(path);
  const rows = utterances.map(({ path: recording, labels, split }) => [
    relativePath(folder, recording),
    ...tasks.map((task) => labels[task] ?? ''),
    ...(split === undefined ? [] : [split]),
  ]);
  const header = ['path', ...tasks, ...(withSplit > 0 ? ['split'] : [])];
  await files.write(path, formatCsv([header, ...rows]));
}

function isSplitName(text: string): text is SplitName {
  return splitNames.includes(text);
}
