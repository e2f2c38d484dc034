import { formatCsv } from '../core/csv.js';
import { safeCell } from '../core/csv-cells.js';
import { CorpusError, UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { brief, hasControl } from '../core/json.js';
import { joinPath, parentFolder, relativePath } from '../core/paths.js';
import { readTable } from '../core/table.js';
import {
  labelsOf,
  missingPaths,
  tasks,
  type Corpus,
  type SplitName,
  type Utterance,
} from './corpus.js';
import type { CorpusFiles, CorpusNumbers, CorpusPermissions } from './filters.js';
import { numbersOf } from './labels.js';
import { listedPath } from './listed-path.js';

const splitNames: readonly string[] = ['train', 'validation', 'test'] satisfies SplitName[];

/** The replacement for characters that a program cannot read: several may become one. */
const REPLACEMENT = '\ufffd';

/**
 * Reads a manifest: CSV with the columns path, emotion, speaker, gender and optionally split and features, in
 * any order, separated by commas, semicolons or tabs; paths are relative to the file. An empty label means unlabelled. `features` is the path of a file with
 * the recording's features; with `featureFiles` these have to exist, not the recordings. A manifest may be
 * untrusted, so files outside its folder are refused, unless `allowOutside`. Columns that `regression` names hold
 * numbers; an empty cell means unlabelled.
 *
 * @example
 * const { utterances, skipped } = await readManifest(files, 'speech.csv');
 * console.log(utterances.length, skipped.length);
 *
 * @param path the file, or a folder with a `manifest.csv`
 * @throws CorpusError or FormatError with the wrong line; FileError if there is none
 */
export async function readManifest(
  files: Files,
  path: string,
  {
    allowOutside = false,
    featureFiles = false,
    regression = [],
  }: CorpusPermissions & CorpusFiles & CorpusNumbers = {},
): Promise<Corpus> {
  const file = (await files.isFolder(path)) ? joinPath(path, 'manifest.csv') : path;
  const table = await readTable(files, file, {
    required: ['path', ...tasks],
    optional: ['split', 'features', ...regression],
    safeCells: true,
    hint: 'Name columns of numbers with --regression (regression).',
  });
  refuseReserved(regression);
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
    const pathOf = (cell: string): string => listedPath(cell, folder, allowOutside, fail);
    const recording = pathOf(cells.path);
    const before = lines.get(recording);
    if (before !== undefined) {
      const problem = `${cells.path} is already on line ${before}`;
      throw fail(problem, 'List each recording once.');
    }
    lines.set(recording, line);
    const features = (cells['features'] ?? '') === '' ? undefined : pathOf(cells['features']!);
    if (featureFiles && features === undefined) {
      throw fail('no features file is named', 'Give its path in the features column.');
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
    const values = valuesOf(cells, regression, fail);
    const own = {
      path: recording,
      labels,
      ...(Object.keys(values).length > 0 && { values }),
      ...(features !== undefined && { features }),
    };
    const split = cells['split']?.trim();
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
      `${file}, line ${wanted.get(missing)}: ${missing} does not exist`,
      'Paths are relative to the manifest: correct the path or remove the line.',
    );
  }
  return { name: 'manifest', utterances, skipped: [] };
}

/**
 * Writes utterances as a manifest for readManifest, with paths relative to it. A name that a spreadsheet would run as a
 * formula gets an apostrophe in front, which readManifest takes away.
 *
 * @example
 * const { utterances } = await readCorpus('ravdess', files, '/data/ravdess');
 * await writeManifest(files, '/data/ravdess.csv', utterances);
 *
 * @throws CorpusError if there are none, some have a split and others have none, or a path has control characters; UsageError if
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
  const cellOf = (file: string): string => {
    if (hasControl(file)) {
      throw new CorpusError(
        `the path ${brief(file)} contains a control character, which ${path} could not be read with`,
        'Rename the file.',
      );
    }
    return safeCell(relativePath(folder, file));
  };
  const withFeatures = utterances.some(({ features }) => features !== undefined);
  const numbers = Object.keys(numbersOf(utterances));
  const rows = utterances.map(({ path: recording, labels, values, split, features }) => [
    cellOf(recording),
    ...tasks.map((task) => safeCell(labels[task] ?? '')),
    ...numbers.map((task) => String(values?.[task] ?? '')),
    ...(split === undefined ? [] : [split]),
    ...(withFeatures ? [features === undefined ? '' : cellOf(features)] : []),
  ]);
  const optional = [...(withSplit > 0 ? ['split'] : []), ...(withFeatures ? ['features'] : [])];
  const header = ['path', ...tasks, ...numbers, ...optional];
  await files.write(path, formatCsv([header.map(safeCell), ...rows]));
}

/** A column of labels or of another meaning cannot hold a task's numbers. */
function refuseReserved(regression: readonly string[]): void {
  const reserved: readonly string[] = ['path', 'split', 'features', ...tasks];
  const taken = regression.find((task) => reserved.includes(task));
  if (taken === undefined) return;
  throw new UsageError(
    `the column ${taken} cannot hold the numbers of a regression task`,
    'Put them into a column of another name.',
  );
}

/** The numbers of a row by task; none for an empty cell. */
function valuesOf(
  cells: Readonly<Record<string, string>>,
  regression: readonly string[],
  fail: (problem: string, hint: string) => CorpusError,
): Record<string, number> {
  const found = regression.flatMap((task): [string, number][] => {
    const text = cells[task]?.trim() ?? '';
    if (text === '') return [];
    const value = decimal.test(text) ? Math.fround(Number(text)) : NaN;
    if (Number.isFinite(value)) return [[task, Number(text)]];
    throw fail(
      `column ${brief(task)} holds ${brief(text)}, which is not a number`,
      'Write it like 3.2 or -1e3, or leave the cell empty where there is no label.',
    );
  });
  return Object.fromEntries(found);
}

/** A decimal number, as programs write it. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function isSplitName(text: string): text is SplitName {
  return splitNames.includes(text);
}
