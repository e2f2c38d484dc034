import type { Command } from 'commander';
import { AudioError, FileError } from '../core/errors.js';
import type { Prediction } from '../inference/predictor.js';
import { readModel } from '../inference/model-folder.js';
import { Predictor } from '../inference/predictor.js';
import { sparkline } from '../report/text.js';
import { audioFiles } from './audio-files.js';
import type { Cli } from './cli.js';
import type { Run } from './run.js';
import { examples, oneLine } from './text.js';
import { path, paths } from './values.js';

export function addPredict(program: Command, run: Run): void {
  program
    .command('predict')
    .summary('say what recordings express, and when')
    .description(
      'Prints the scores of every label, and how much each moment of the recording counted. ' +
        'A recording that fails does not stop the others.',
    )
    .argument('<model>', 'model folder or run folder', path)
    .argument('<file...>', 'recordings (WAV, FLAC, MP3, OGG), or folders of them', paths)
    .addHelpText(
      'after',
      examples('alstm predict runs/first speech.wav', 'alstm predict runs/first calls/ --json'),
    )
    .action((model: string, recordings: string[], _options, command: Command) =>
      run(command, (cli) => predict(cli, model, recordings)),
    );
}

async function predict(cli: Cli, model: string, given: readonly string[]): Promise<void> {
  const recordings = await audioFiles(cli.files, given);
  const trained = await readModel(cli.files, model);
  const predictor = new Predictor(await cli.engine(), trained);
  try {
    for (const { path: recording } of recordings) await predictOne(cli, predictor, recording);
  } finally {
    predictor.destroy();
  }
}

async function predictOne(cli: Cli, predictor: Predictor, recording: string): Promise<void> {
  try {
    const found = await predictor.predictFile(cli.files, recording, {
      cache: cli.cache,
      warn: cli.warn,
    });
    cli.result(jsonOf(recording, found), () => predictionText(recording, found));
  } catch (error) {
    // What is wrong with one recording says nothing of the next; a lost device does.
    if (!(error instanceof AudioError || error instanceof FileError)) throw error;
    cli.complain(error);
    if (cli.json) cli.print(JSON.stringify({ path: recording, error: oneLine(error.message) }));
  }
}

function jsonOf(recording: string, { tasks, seconds, attention }: Prediction): unknown {
  return { path: recording, ...tasks, seconds, attention: [...attention] };
}

/** The scores of every task, and the attention over the recording as a line of bars. */
export function predictionText(
  recording: string,
  { tasks, seconds, attention }: Prediction,
): string {
  const width = Math.max(9, ...Object.keys(tasks).map((task) => task.length));
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
    `  ${'attention'.padEnd(width)}  ${sparkline(attention)}`,
  ].join('\n');
}
