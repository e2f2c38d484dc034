import type { Command } from 'commander';
import { FileError, UsageError } from '../../core/errors.js';
import { FEW_RECORDINGS } from '../../features/speaker-moments.js';
import { unlessUntrimmed } from '../../features/trim.js';
import { featuresInOrder } from '../../features/workers/in-order.js';
import {
  enrol,
  readEnrolment,
  refuseEnrolling,
  writeEnrolment,
} from '../../inference/enrolment.js';
import type { Cli } from '../cli.js';
import { audioFiles } from '../options/audio-files.js';
import { speakerName, unlessUnusable } from '../options/speaker.js';
import { MODEL_TEXT, readGiven } from '../options/model.js';
import { path, paths } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

interface EnrolFlags {
  readonly model: string;
  readonly out: string;
  readonly add?: boolean;
}

export function addEnrol(program: Command, run: Run): void {
  program
    .command('enrol')
    .summary('learn what a voice is like from a few recordings')
    .description(
      'Writes what a model that normalises by speaker has to know of a voice: means and mean squares of its ' +
        'features, as a small JSON file for predict --enrolment. The recordings need no labels: any ' +
        `speech will do, best in many moods, at least ${FEW_RECORDINGS} recordings.`,
    )
    .argument('<name>', 'name of the speaker', speakerName)
    .argument('<file...>', 'recordings of that speaker alone, or folders of them', paths)
    .requiredOption('--model <model>', `${MODEL_TEXT}, to enrol for`, path)
    .requiredOption('--out <file>', 'JSON file to write', path)
    .option('--add', 'add to what is in --out already')
    .addHelpText(
      'after',
      examples(
        'alstm enrol ann calls/ann/ --model runs/by-speaker --out ann.json',
        'alstm enrol ann today.wav --model runs/by-speaker --out ann.json --add',
        'alstm predict runs/by-speaker new.wav --enrolment ann.json',
      ),
    )
    .action((name: string, recordings: string[], flags: EnrolFlags, command: Command) =>
      run(command, (cli) => enrolSpeaker(cli, name, recordings, flags)),
    );
}

async function enrolSpeaker(
  cli: Cli,
  name: string,
  given: readonly string[],
  { model, out, add = false }: EnrolFlags,
): Promise<void> {
  const { files, cache, warn } = cli;
  const trained = await readGiven(cli, model);
  const { featureSet, trimDb } = trained;
  if (!add && (await files.exists(out))) {
    throw new UsageError(`${out} exists already`, 'Add to it with --add, or give another --out.');
  }
  const before = add ? await readEnrolment(files, out) : undefined;
  if (before !== undefined && before.name !== name) {
    throw new UsageError(
      `${out} is of ${before.name}, not of ${name}`,
      'Give its own name, or another --out.',
    );
  }
  refuseEnrolling(trained, before); // before the work
  const usable: Float32Array[] = [];
  const progress = cli.progressOf('features');
  const found = await audioFiles(cli, given, featureSet?.external ? 'features' : 'audio');
  const own = { cache, warn, ...(featureSet && { featureSet }), ...unlessUntrimmed(trimDb) };
  const recordings = found.map(({ path: recording }) => recording);
  let done = 0;
  for await (const { path: recording, value, error } of featuresInOrder(
    cli.workers(recordings.length),
    recordings,
    own,
  )) {
    await unlessUnusable(cli, recording, () => {
      if (value === undefined) throw error;
      usable.push(value.features);
    });
    progress(++done, recordings.length);
  }
  if (usable.length === 0) {
    throw new FileError(`there is no usable recording of ${name}`, 'Give others.');
  }
  const enrolment = enrol(trained, name, usable, before);
  await writeEnrolment(files, out, enrolment);
  const { recordings: held } = enrolment.speaker;
  if (held < FEW_RECORDINGS) {
    cli.warn(`${out} holds ${held} recordings: answers are better from ${FEW_RECORDINGS} on`);
  }
  const result = { path: out, name, added: usable.length, recordings: held };
  cli.result(result, () => [`${out}  ${name}, ${held} recordings`]);
}
