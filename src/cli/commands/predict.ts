import { type Command, InvalidArgumentError } from 'commander';
import { AudioError, FileError, UsageError } from '../../core/errors.js';
import { byUtterance } from '../../features/normalise.js';
import { overAllFrames } from '../../features/trim.js';
import { featuresOfFile, type UtteranceFeatures } from '../../features/utterance.js';
import type { Prediction } from '../../inference/predictor.js';
import { readModel, type TrainedModel } from '../../model/folder.js';
import { Predictor } from '../../inference/predictor.js';
import { sparkline } from '../../report/draw/text.js';
import { audioFiles } from '../options/audio-files.js';
import type { Cli } from '../cli.js';
import type { Run } from '../run.js';
import { examples, oneLine } from '../text.js';
import { path, paths } from '../options/values.js';

export function addPredict(program: Command, run: Run): void {
  program
    .command('predict')
    .summary('predict the emotion of recordings')
    .description(
      'Prints the score of every label, and the attention over time. ' +
        'A recording that fails does not stop the others.',
    )
    .argument('<model>', 'model folder or run folder, an archive of it, or its https URL', path)
    .argument('<file...>', 'recordings (WAV, FLAC, MP3, OGG), or folders of them', paths)
    .option(
      '--speaker <name>',
      'all given recordings are of this one speaker, and their features are normalised together; ' +
        'required by models trained with --normalise speaker',
      speakerName,
    )
    .addHelpText(
      'after',
      examples(
        'alstm predict runs/first speech.wav',
        'alstm predict runs/first calls/ --json',
        'alstm predict runs/by-speaker calls/ann/ --speaker ann',
      ),
    )
    .action((model: string, recordings: string[], flags: PredictFlags, command: Command) =>
      run(command, (cli) => predict(cli, model, recordings, flags)),
    );
}

interface PredictFlags {
  readonly speaker?: string;
}

function speakerName(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new InvalidArgumentError('Give a name.');
}

async function predict(
  cli: Cli,
  model: string,
  given: readonly string[],
  { speaker }: PredictFlags,
): Promise<void> {
  const found = await audioFiles(cli, given);
  const recordings = found.map(({ path: recording }) => recording);
  const trained = await readModel(cli.files, model);
  refuseSpeaker(trained, model, speaker);
  const predictor = new Predictor(await cli.engine(), trained, cli.withRecovery);
  try {
    if (speaker !== undefined) await predictTogether(cli, predictor, recordings, speaker);
    else for (const recording of recordings) await predictOne(cli, predictor, recording);
  } finally {
    predictor.destroy();
  }
}

/** A speaker must be named if the model normalises by speaker, and only then. */
function refuseSpeaker(
  { normalisation: { scope } = byUtterance }: TrainedModel,
  model: string,
  speaker: string | undefined,
): void {
  if (scope === 'speaker' && speaker === undefined) {
    throw new UsageError(
      `${model} normalises features over all recordings of a speaker, but no speaker was given`,
      'Give --speaker NAME and only recordings of that speaker; run the command once per speaker.',
    );
  }
  if (scope !== 'speaker' && speaker !== undefined) {
    throw new UsageError(
      `--speaker was given, but ${model} does not normalise features by speaker`,
      'Drop it: this model normalises each recording by itself.',
    );
  }
}

async function predictOne(cli: Cli, predictor: Predictor, recording: string): Promise<void> {
  const { cache, warn } = cli;
  await unlessUnusable(cli, recording, async () => {
    tell(cli, recording, await predictor.predictFile(cli.files, recording, { cache, warn }));
  });
}

/** Recordings of one speaker, normalised together; those that fail are skipped. */
async function predictTogether(
  cli: Cli,
  predictor: Predictor,
  recordings: readonly string[],
  speaker: string,
): Promise<void> {
  const { cache, warn } = cli;
  const { featureSet, trimDb } = predictor;
  const usable: (Pick<UtteranceFeatures, 'features' | 'seconds' | 'trim'> & {
    readonly recording: string;
  })[] = [];
  for (const recording of recordings) {
    await unlessUnusable(cli, recording, async () => {
      const own = { featureSet, trimDb, cache, warn };
      const { features, seconds, trim } = await featuresOfFile(cli.files, recording, own);
      usable.push({ recording, features, seconds, ...(trim && { trim }) });
    });
  }
  if (usable.length === 0) return;
  cli.log(`${usable.length} recordings of ${speaker}, normalised together`);
  const predictions = await predictor.predictFeatures(
    usable.map(({ features }) => features),
    { speakers: usable.map(() => speaker), onProgress: cli.progressOf('predicting') },
  );
  usable.forEach(({ recording, seconds, trim }, i) => {
    const own = predictions[i];
    if (own === undefined) return;
    tell(cli, recording, { ...own, seconds, attention: overAllFrames(own.attention, trim) });
  });
}

/** Runs something on a recording; reports a failure that is due to the recording itself. */
async function unlessUnusable(
  cli: Cli,
  recording: string,
  use: () => Promise<void>,
): Promise<void> {
  try {
    await use();
  } catch (error) {
    // A bad recording does not affect the next one; a lost device does.
    if (!(error instanceof AudioError || error instanceof FileError)) throw error;
    cli.complain(error);
    if (cli.json) cli.printJson({ path: recording, error: oneLine(error.message) });
  }
}

function tell(cli: Cli, recording: string, found: Prediction): void {
  cli.result(jsonOf(recording, found), () => predictionText(recording, found));
}

function jsonOf(recording: string, { tasks, values = {}, ...rest }: Prediction): unknown {
  const { seconds, attention } = rest;
  const numbers = Object.entries(values).map(([task, value]) => [task, { value }] as const);
  return {
    path: recording,
    ...tasks,
    ...Object.fromEntries(numbers),
    seconds,
    attention: [...attention],
  };
}

/** The scores or number of every task, and the attention over the recording as a line of bars. */
export function predictionText(
  recording: string,
  { tasks, values = {}, seconds, attention }: Prediction,
): readonly string[] {
  const names = [...Object.keys(tasks), ...Object.keys(values)];
  const width = Math.max(9, ...names.map((task) => task.length));
  const scores = Object.entries(tasks).map(([task, { label, scores }]) => {
    const ranked = Object.entries(scores).sort(([, a], [, b]) => b - a);
    const others = ranked.filter(([name]) => name !== label).slice(0, 3);
    const text = [[label, scores[label] ?? NaN] as const, ...others].map(
      ([name, score]) => `${name} ${score.toFixed(2)}`,
    );
    return `  ${task.padEnd(width)}  ${text.join('  ')}`;
  });
  return [
    `${recording}  ${seconds.toFixed(2)} s`,
    ...scores,
    ...Object.entries(values).map(
      ([task, value]) => `  ${task.padEnd(width)}  ${value.toPrecision(3)}`,
    ),
    `  ${'attention'.padEnd(width)}  ${sparkline(attention)}`,
  ];
}
