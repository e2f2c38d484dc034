import { Argument, type Command } from 'commander';
import { corpusFormats } from '../../core/choices.js';
import type { CorpusFlags } from '../jobs/corpus.js';
import { addFilterOptions } from '../options/data.js';
import { addRegressionOption } from '../options/regression.js';
import { path } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addCorpus(program: Command, run: Run): void {
  const command = program
    .command('corpus')
    .summary('what is in a corpus? write it down as a table')
    .description(
      'Reads a corpus and shows how many recordings, emotions and speakers it has, and what cannot be used and why. ' +
        '--out writes the usable ones as a manifest: a CSV table that train takes too.',
    )
    .addArgument(
      new Argument('<format>', 'which corpus it is; manifest: a CSV table of your own')
        .choices(corpusFormats)
        .argParser((text) => text), // readCorpus says which there are
    )
    .argument('<dir>', 'its folder; for manifest also the file itself', path)
    .option('--out <file>', 'write a manifest of the usable recordings to this file', path)
    .optionsGroup('Which recordings:');
  addRegressionOption(addFilterOptions(command))
    .addHelpText(
      'after',
      examples(
        'alstm corpus nemo data/nemo --out nemo.csv',
        'alstm corpus iemocap data/IEMOCAP --merge exc=hap --style improvised',
      ),
    )
    .action((format: string, folder: string, flags: CorpusFlags, self: Command) =>
      run(self, async (cli) =>
        (await import('../jobs/corpus.js')).corpus(cli, format, folder, flags),
      ),
    );
}
