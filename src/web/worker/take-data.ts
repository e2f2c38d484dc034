import { CorpusError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import { joinPath } from '../../core/paths.js';
import { byCodePoint } from '../../core/order.js';
import type { Utterance } from '../../corpora/corpus.js';
import { readManifest, writeManifest } from '../../corpora/manifest.js';
import type { DataSummary, NamedFile } from '../protocol.js';
import { isRecordingName } from '../recording-names.js';
import { blobFiles } from './files.js';
import { DATA, HOME, MANIFEST } from './train-folder.js';

/** Fewest recordings of a label: one to train on, one to validate on. */
const FEWEST = 2;

/**
 * Stores labelled recordings in the private file system, with a manifest, replacing what was stored
 * there. Nothing is changed if they cannot be used.
 *
 * @param files with a `manifest.csv` (or one other CSV) among them, or in one subfolder per label
 * @throws CorpusError, FormatError or FileError for what cannot be trained on
 */
export async function takeData(
  kept: Files,
  files: readonly NamedFile[],
  onProgress: (done: number, total: number) => void,
): Promise<DataSummary> {
  const { utterances, notes } = await utterancesOf(files);
  const labels = countLabels(utterances);
  checkLabels(labels);
  const byPath = new Map(files.map(({ path, file }) => [joinPath('.', path), file]));
  await kept.remove(HOME);
  try {
    for (const [i, { path }] of utterances.entries()) {
      const bytes = await byPath.get(path)?.arrayBuffer();
      if (bytes !== undefined) await kept.write(joinPath(DATA, path), new Uint8Array(bytes));
      onProgress(i + 1, utterances.length);
    }
    const moved = utterances.map((own) => ({ ...own, path: joinPath(DATA, own.path) }));
    await writeManifest(kept, MANIFEST, moved);
  } catch (error) {
    await kept.remove(HOME); // a part of them is of no use, and would take up the storage
    throw error;
  }
  return { recordings: utterances.length, labels, notes };
}

/** What is stored, as takeData returned it. */
export async function keptData(kept: Files): Promise<DataSummary | undefined> {
  if (!(await kept.exists(MANIFEST))) return undefined;
  const { utterances } = await readManifest(kept, MANIFEST);
  return { recordings: utterances.length, labels: countLabels(utterances), notes: [] };
}

async function utterancesOf(
  files: readonly NamedFile[],
): Promise<{ utterances: readonly Utterance[]; notes: readonly string[] }> {
  const tables = files.filter(({ path }) => path.toLowerCase().endsWith('.csv'));
  const manifest = tables.find(({ path }) => path.endsWith('manifest.csv')) ?? tables[0];
  if (manifest !== undefined) {
    const { utterances } = await readManifest(blobFiles(files), joinPath('.', manifest.path));
    const labelled = utterances.filter(({ labels }) => labels['emotion'] !== undefined);
    const left = utterances.length - labelled.length;
    return { utterances: labelled, notes: left > 0 ? [`${left} without an emotion skipped`] : [] };
  }
  const recordings = files.filter(({ path }) => isRecordingName(path));
  const utterances = recordings.flatMap(({ path }): Utterance[] => {
    const [label] = path.split('/').slice(-2, -1);
    const inSubfolder = path.split('/').length > 2;
    return inSubfolder && label ? [{ path: joinPath('.', path), labels: { emotion: label } }] : [];
  });
  const left = files.length - utterances.length;
  const notes = left > 0 ? [`${left} other ${left === 1 ? 'file' : 'files'} skipped`] : [];
  return { utterances: utterances.sort((a, b) => byCodePoint(a.path, b.path)), notes };
}

function countLabels(utterances: readonly Utterance[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { labels } of utterances) {
    const label = labels['emotion'] ?? '';
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return Object.fromEntries(counts); // a label may be called __proto__
}

function checkLabels(labels: Readonly<Record<string, number>>): void {
  const names = Object.keys(labels);
  if (names.length === 0) {
    throw new CorpusError(
      'there are no labelled recordings in the selection',
      'Put the recordings into one subfolder per label, or add a manifest.csv.',
    );
  }
  if (names.length === 1) {
    throw new CorpusError(
      `all recordings have the label “${names[0]}”`,
      'A model learns to tell labels apart: provide at least two.',
    );
  }
  const rare = names.find((name) => (labels[name] ?? 0) < FEWEST);
  if (rare === undefined) return;
  throw new CorpusError(
    `“${rare}” has only ${labels[rare]} recording`,
    `Provide at least ${FEWEST} of each label: one to train on, one to validate on.`,
  );
}
