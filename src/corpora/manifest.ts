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
import type { CorpusFiles, CorpusPermissions } from './filters.js';

const splitNames: readonly string[] = ['train', 'validation', 'test'] satisfies SplitName[];

/** The replacement for characters that a program cannot read: several may become one. */
const REPLACEMENT = '\ufffd';

/**
 * Reads a manifest: CSV with the columns path, emotion, speaker, gender and optionally split and features, in
 * any order; paths are relative to the file. An empty label means unlabelled. `features` is the path of a file with
 * the recording's features; with `featureFiles` these have to exist, not the recordings. A manifest may be
 * untrusted, so files outside its folder are refused, unless `allowOutside`.
 *
 * @param path the file, or a folder with a `manifest.csv`
 * @throws CorpusError or FormatError with the wrong line; FileError if there is none
 */
export async function readManifest(
  files: Files,
  path: string,
  { allowOutside = false, featureFiles = false }: CorpusPermissions & CorpusFiles = {},
): Promise<Corpus> {
  const file = (await files.isFolder(path)) ? joinPath(path, 'manifest.csv') : path;
  const table = tableOf(parseCsv(await readText(files, file), file), file, {
    required: ['path', ...tasks],
    optional: ['split', 'features'],
  });
  const folder = parentFolder(file);
  const lines = new Map<string, number>();
  /** Files that have to exist. */
  const wanted = new Map<string, number>();
  /** Labels that look the same may differ in their code points: first spelling of each, with its line. */
  const spellings = new Map<string, { readonly line: number; readonly label: string }>();
  const utterances = table.rows.map(({ line, cells }): Utterance => {
    const fail = (problem: string, hint: string): CorpusError =>
      new CorpusError(`${file}, line ${line}: ${problem}`, hint);
    if (cells.path.trim() === '') throw fail('the path is empty', 'Give the path of a recording.');
    const pathOf = (cell: string): string => {
      if (hasControl(cell)) {
        const problem = `the path ${brief(cell)} contains a control character`;
        throw fail(problem, 'Rename the file, or correct the path.');
      }
      const found = joinPath(folder, cell);
      if (allowOutside || isInside(folder, found)) return found;
      throw fail(
        `${brief(cell)} is outside the manifest's folder`,
        'Give --allow-outside (allowOutside) if you trust the manifest, or move it above its recordings.',
      );
    };
    const recording = pathOf(cells.path);
    const before = lines.get(recording);
    if (before !== undefined) {
      const problem = `${cells.path} is already on line ${before}`;
      throw fail(problem, 'List each recording once.');
    }
    lines.set(recording, line);
    const features = (cells['features'] ?? '') === '' ? undefined : pathOf(cells['features']!);
    if (featureFiles && features === undefined) {
      throw fail('there is no file of features', 'Name it in the column features.');
    }
    wanted.set(featureFiles ? features! : recording, line);
    const labels = labelsOf(cells);
    for (const [task, label] of Object.entries(labels)) {
      if (label.includes(REPLACEMENT)) {
        throw fail(
          `the ${task} ${brief(label)} has a lost character (U+FFFD)`,
          'Recreate the manifest from its source: a program has read it in the wrong encoding.',
        );
      }
      const key = `${task}/${label.normalize('NFC')}`;
      const first = spellings.get(key) ?? { line, label };
      spellings.set(key, first);
      if (first.label !== label) {
        throw fail(
          `the ${task} ${brief(label)} uses other Unicode code points than on line ${first.line}`,
          'Write it the same way everywhere, preferably in NFC, or it counts as two labels.',
        );
      }
    }
    const split = cells['split']?.trim();
    const own = { path: recording, labels, ...(features !== undefined && { features }) };
    if (split === undefined) return own;
    if (!isSplitName(split)) {
      throw fail(`the split ${brief(split)} is unknown`, `Use one of ${splitNames.join(', ')}.`);
    }
    return { ...own, split };
  });
  if (utterances.length === 0) {
    throw new CorpusError(`${file}: no utterances`, 'Add a line for each recording.');
  }
  const [missing] = await missingPaths(files, [...wanted.keys()]);
  if (missing !== undefined) {
    throw new CorpusError(
      `${file}, line ${wanted.get(missing)}: there is no file ${missing}`,
      'Paths are relative to the manifest: correct the path or remove the line.',
    );
  }
  return { name: 'manifest', utterances, skipped: [] };
}

/**
 * Writes utterances as a manifest for readManifest, with paths relative to it.
 *
 * @throws CorpusError if there are none, or some have a split and others have none; UsageError if
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
      'Run it without --out to see why they are skipped.',
    );
  }
  const withSplit = utterances.filter(({ split }) => split !== undefined).length;
  if (withSplit !== 0 && withSplit !== utterances.length) {
    throw new CorpusError(
      `${withSplit} of ${utterances.length} utterances have a split, the others have none`,
      'Give every utterance a split, or none.',
    );
  }
  const folder = parentFolder(path);
  const withFeatures = utterances.some(({ features }) => features !== undefined);
  const rows = utterances.map(({ path: recording, labels, split, features }) => [
    relativePath(folder, recording),
    ...tasks.map((task) => labels[task] ?? ''),
    ...(split === undefined ? [] : [split]),
    ...(withFeatures ? [features === undefined ? '' : relativePath(folder, features)] : []),
  ]);
  const optional = [...(withSplit > 0 ? ['split'] : []), ...(withFeatures ? ['features'] : [])];
  const header = ['path', ...tasks, ...optional];
  await files.write(path, formatCsv([header, ...rows]));
}

function isSplitName(text: string): text is SplitName {
  return splitNames.includes(text);
}
