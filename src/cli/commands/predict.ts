import type { Command } from 'commander';
import { featurePlaces } from '../../core/choices.js';
import { DEFAULT_VOICES } from '../../model/voices.js';
import type { PredictFlags } from '../jobs/predict.js';
import { choice } from '../options/choice.js';
import { withOption } from '../options/ensemble.js';
import { MODEL_TEXT } from '../options/model.js';
import { priorOption } from '../options/prior.js';
import { resultsPath } from '../options/results.js';
import { speakerName } from '../options/speaker.js';
import { path, paths } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addPredict(program: Command, run: Run): void {
  const command = program
    .command('predict')
    .summary('which emotion is in a recording?')
    .description(
      'Prints how likely each emotion is, and where in the recording the model listened (attention). A recording that ' +
        'fails does not stop the others. For a large archive: --out, --resume, --shard.',
    )
    .argument(
      '[file...]',
      'recordings (WAV, FLAC, MP3, OGG), folders of them, quoted patterns such as "calls/**/*.wav", or - for a list of ' +
        'paths from standard input; a model of external features takes files of these (.npy, .safetensors, .csv). ' +
        `A model may come first: ${MODEL_TEXT}; without one ${DEFAULT_VOICES} is used`,
      paths,
    )
    .usage('[options] [model] <file...>')
    .addOption(withOption())
    .option('--no-attention', 'leave the attention out')
    .addOption(priorOption('print'));
  addListOptions(command);
  addSpeakerOptions(command);
  addWayOptions(command)
    .addHelpText(
      'after',
      examples(
        'alstm predict speech.wav',
        'alstm predict runs/first calls/ --json',
        "alstm predict runs/first 'calls/**/*.wav' --out calls.parquet --resume",
        'alstm predict runs/first - --out calls.csv < paths.txt',
        'alstm predict runs/first --manifest calls.csv --out calls-2.jsonl --shard 2/8',
        'alstm predict runs/by-speaker calls/ --speaker-by folder',
        'alstm predict runs/by-speaker new.wav --enrolment ann.json',
        'alstm predict runs/seed-0 --with runs/seed-1 --with runs/seed-2 speech.wav',
      ),
    )
    .action((operands: string[] | undefined, flags: PredictFlags, self: Command) => {
      if (operands === undefined || operands.length === 0) refuseNothing(self, flags);
      return run(self, async (cli) =>
        (await import('../jobs/predict.js')).predict(cli, operands ?? [], flags),
      );
    });
}

function addListOptions(command: Command): void {
  command
    .optionsGroup('Many recordings:')
    .option(
      '--manifest <file>',
      'predict the recordings of a CSV table with a column path, from its folder, and perhaps one speaker',
      path,
    )
    .option('--allow-outside', "also read a manifest's recordings outside its folder")
    .option(
      '--out <file>',
      'write the results to a new .jsonl, .csv or .parquet file (the last two without attention); FILE.run.json ' +
        'beside it says how they were made',
      resultsPath,
    )
    .option('--resume', 'do what is missing in --out, or begin it; what failed counts as done')
    .option('--retry-failed', 'with --resume: try what failed once more')
    .option(
      '--shard <part>',
      'do only one part: i/n, auto in a Slurm array, auto/n in Kubernetes; give each part its own --out. Recordings ' +
        'that are normalised together stay together',
    );
}

function addSpeakerOptions(command: Command): void {
  command
    .optionsGroup('Whose voice, for models trained with --normalise speaker:')
    .option('--speaker <name>', 'all recordings are of this one speaker', speakerName)
    .addOption(
      choice(
        '--speaker-by <what>',
        'recordings in the same folder are of the same speaker, or those with the same speaker in --manifest',
        ['folder', 'manifest'],
      ),
    )
    .option(
      '--enrolment <file>',
      'the voice is known from alstm enrol, which wrote this file; may be repeated: with --speaker-by each is for the ' +
        'folder or speaker of its name',
      paths,
    );
}

function addWayOptions(command: Command): Command {
  return command
    .optionsGroup('How:')
    .addOption(
      choice(
        '--features-on <where>',
        'compute features on the GPU, in float32, or on the CPU, in float64 and kept in the cache (default: gpu, unless a ' +
          'program stands in for it, or recordings are normalised together)',
        featurePlaces,
      ),
    )
    .option('--no-feature-cache', 'do not keep features: for archives larger than the disk');
}

/** As Commander says it of an argument that is required: a manifest can stand for this one. */
function refuseNothing(command: Command, { manifest }: PredictFlags): void {
  if (manifest !== undefined) return;
  command.error("error: missing required argument 'file'", { code: 'commander.missingArgument' });
}
