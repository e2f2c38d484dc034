import { Argument, type Command } from 'commander';
import { decodeAudio } from '../audio/decode.js';
import type { Corpus, Utterance } from '../corpora/corpus.js';
import { corpusFormats, readCorpus } from '../corpora/registry.js';
import { summariseCorpus, type CorpusSummary } from '../corpora/summary.js';
import { writeManifest } from '../corpora/manifest.js';
import type { Cli } from './cli.js';
import { examples } from './text.js';
import type { Run } from './run.js';
import { absolute, names, path } from './values.js';

interface CorpusFlags {
  readonly out?: string;
  readonly emotions?: string[];
}

/** Recordings that the text names as skipped; `--json` has them all. */
const MOST_SKIPPED = 10;

export function addCorpus(program: Command, run: Run): void {
  program
    .command('corpus')
    .summary('read a corpus, print its summary, write a manifest')
    .description('Reads a corpus and prints what is in it; --out writes it as a manifest.')
    .addArgument(new Argument('<format>', `one of ${corpusFormats.join(', ')}`))
    .argument('<dir>', "the corpus's folder; for manifest also the file", path)
    .option('--out <file>', 'write a manifest of the usable recordings', path)
    .option('--emotions <list>', 'keep only these emotions', names)
    .addHelpText('after', examples('alstm corpus nemo data/nemo --out nemo.csv'))
    .action((format: string, folder: string, flags: CorpusFlags, command: Command) =>
      run(command, (cli) => corpus(cli, format, folder, flags)),
    );
}

async function corpus(cli: Cli, format: string, folder: string, flags: CorpusFlags): Promise<void> {
  const { out, emotions } = flags;
  const found = await readCorpus(format, cli.files, folder, emotions && { emotions });
  const progress = cli.startProgress('reading', found.utterances.length);
  let done = 0;
  const measured = await summariseCorpus(found, async (recording) => {
    const { seconds } = await decodeAudio(await cli.files.read(recording), recording);
    progress.update(++done);
    return seconds;
  });
  if (out !== undefined) await writeManifest(cli.files, absolute(out), located(measured.corpus));
  cli.result(measured.summary, () => textOf(measured.summary));
  if (out !== undefined) cli.log(`wrote ${out}`);
}

/** With absolute paths, so that the manifest can hold them relative to itself. */
function located({ utterances }: Corpus): Utterance[] {
  return utterances.map((utterance) => ({ ...utterance, path: absolute(utterance.path) }));
}

function textOf({ utterances, seconds, skipped, ...labels }: CorpusSummary): string {
  const lines = [`${utterances} utterances, ${(seconds / 60).toFixed(1)} minutes`];
  for (const [task, counts] of Object.entries(labels)) {
    const entries = Object.entries(counts).map(([label, count]) => `${label} ${count}`);
    lines.push(`${task.padEnd(8)} ${entries.join(', ') || 'not labelled'}`);
  }
  if (skipped.length > 0) lines.push(`${skipped.length} skipped`);
  for (const { path: recording, reason } of skipped.slice(0, MOST_SKIPPED)) {
    lines.push(`  ${reason.startsWith(recording) ? reason : `${recording}: ${reason}`}`);
  }
  if (skipped.length > MOST_SKIPPED) lines.push(`  and ${skipped.length - MOST_SKIPPED} more`);
  return lines.join('\n');
}
