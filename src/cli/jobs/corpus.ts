import { isInside, parentFolder } from '../../core/paths.js';
import { noneUsable, skippedText, type Corpus, type Utterance } from '../../corpora/corpus.js';
import type { CorpusFilters } from '../../corpora/filters.js';
import { readCorpus, refuseWithoutNumbers } from '../../corpora/registry.js';
import { summariseCorpus, type CorpusSummary } from '../../corpora/summary.js';
import { writeManifest } from '../../corpora/manifest.js';
import { secondsInOrder } from '../../features/workers/in-order.js';
import type { Cli } from '../cli.js';
import type { FilterFlags } from '../options/data.js';
import { filtersOf, permissionsOf } from '../given/data.js';
import { absolute } from '../options/values.js';

export interface CorpusFlags extends FilterFlags {
  readonly regression?: string[];
  readonly out?: string;
}

/** How many labels of a task the text lists; `--json` has them all. */
const MOST_LABELS = 40;

/** How many skipped recordings the text lists; `--json` has them all. */
const MOST_SKIPPED = 10;

export async function corpus(
  cli: Cli,
  format: string,
  folder: string,
  flags: CorpusFlags,
): Promise<void> {
  const { out } = flags;
  const filters = filtersOf(flags);
  const { regression } = flags;
  const options = { ...filters, ...permissionsOf(flags), ...(regression && { regression }) };
  const found = await readCorpus(format, cli.files, folder, options);
  refuseWithoutNumbers(found, options);
  const measured = await measure(cli, found, filters);
  const own = new Set(found.utterances.map(({ path: recording }) => recording));
  const first = measured.corpus.skipped.find(({ path: recording }) => own.has(recording));
  if (measured.corpus.utterances.length === 0 && first !== undefined) {
    if (cli.json) cli.printJson(measured.summary); // each with its reason
    throw noneUsable(found.utterances.length, `${found.name} corpus`, first);
  }
  if (out !== undefined) await writeManifest(cli.files, absolute(out), located(measured.corpus));
  cli.result(measured.summary, () => textOf(measured.summary));
  if (out !== undefined) cli.log(`wrote ${out}${outsideNote(absolute(out), measured.corpus)}`);
}

/** The summary of a corpus; its recordings are decoded ahead of it. */
async function measure(
  cli: Cli,
  found: Corpus,
  filters: CorpusFilters,
): ReturnType<typeof summariseCorpus> {
  const paths = found.utterances.map(({ path: recording }) => recording);
  const progress = cli.startProgress('reading', paths.length);
  const seconds = secondsInOrder(cli.workers(paths.length), paths);
  let done = 0;
  const next = async (): Promise<number> => {
    const { value: own } = await seconds.next(); // it is asked for each path once, in their order
    progress.update(++done);
    if (own?.value === undefined) throw own?.error;
    return own.value;
  };
  try {
    return await summariseCorpus(found, next, filters);
  } finally {
    await seconds.return();
  }
}

/** The option that reading the manifest needs, if any. */
function outsideNote(manifest: string, { utterances }: Corpus): string {
  const folder = parentFolder(manifest);
  const inside = utterances.every((utterance) => isInside(folder, absolute(utterance.path)));
  return inside ? '' : '; its recordings are outside its folder: read it with --allow-outside';
}

/** With absolute paths, so that the manifest can store them relative to itself. */
function located({ utterances }: Corpus): Utterance[] {
  return utterances.map((utterance) => ({ ...utterance, path: absolute(utterance.path) }));
}

/** Recordings of each label; of many labels the first ones, and how many there are. */
function countsText(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).map(([label, count]) => `${label} ${count}`);
  if (entries.length === 0) return 'not labelled';
  if (entries.length <= MOST_LABELS) return entries.join(', ');
  const numbers = Object.values(counts).sort((a, b) => a - b);
  const range = `${entries.length} labels with ${numbers[0]} to ${numbers.at(-1)} recordings`;
  return `${range}: ${entries.slice(0, MOST_LABELS).join(', ')} and ${entries.length - MOST_LABELS} more`;
}

function textOf(summary: CorpusSummary): readonly string[] {
  const { utterances, seconds, skipped, leftOut = {}, notes = [], numbers, ...labels } = summary;
  const lines = [`${utterances} utterances, ${(seconds / 60).toFixed(1)} minutes`];
  for (const [task, counts] of Object.entries(labels)) {
    lines.push(`${task.padEnd(8)} ${countsText(counts)}`);
  }
  for (const [task, own] of Object.entries(numbers ?? {})) {
    const range = `from ${own.least} to ${own.most}, mean ${own.mean.toPrecision(4)}`;
    lines.push(`${task.padEnd(8)} ${own.utterances} numbers ${range}`);
  }
  const reasons = Object.entries(leftOut);
  if (reasons.length > 0) {
    lines.push(`${reasons.reduce((sum, [, count]) => sum + count, 0)} excluded`);
  }
  for (const [reason, count] of reasons) lines.push(`  ${count}: ${reason}`);
  if (skipped.length > 0) lines.push(`${skipped.length} skipped`);
  for (const one of skipped.slice(0, MOST_SKIPPED)) lines.push(`  ${skippedText(one)}`);
  if (skipped.length > MOST_SKIPPED) lines.push(`  and ${skipped.length - MOST_SKIPPED} more`);
  for (const note of notes) lines.push(`note: ${note}`);
  return lines;
}
