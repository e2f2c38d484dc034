import { type Command, Option } from 'commander';
import { addRenamed } from '../options/renamed.js';
import { addRequired } from '../options/required.js';
import { featuresOption, trimDbOption } from '../options/features.js';
import { path, paths } from '../options/values.js';
import type { FeaturesFlags } from '../jobs/features.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

/** The set that is computed unless another is named. */
const USUAL = 'prosody36';

export function addFeatures(program: Command, run: Run): void {
  const command = program
    .command('features')
    .summary('write the features of recordings to files')
    .description(
      'Computes what a network hears, such as pitch and loudness every few milliseconds, and writes one safetensors ' +
        'file for each recording: features [T, F], and normalised [T, F], scaled over the recording, both float32. ' +
        'What is found in a folder keeps its place below --out. A recording that fails does not stop the others.',
    )
    .argument('<file...>', 'recordings (WAV, FLAC, MP3, OGG), or folders of them', paths);
  addRequired(command, new Option('--out <dir>', 'folder to write to').argParser(path))
    .addOption(trimDbOption())
    .addHelpText(
      'after',
      examples(
        'alstm features speech.wav --out features',
        'alstm features --set voice56+delta calls/ --out features',
      ),
    );
  addRenamed(command, featuresOption('--set', USUAL), '--features').action(
    (recordings: string[], flags: FeaturesFlags, self: Command) =>
      run(self, async (cli) =>
        (await import('../jobs/features.js')).features(cli, recordings, flags),
      ),
  );
}
