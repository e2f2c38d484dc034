import type { Command } from 'commander';
import { cells } from '../../core/cells.js';
import { ordinarySizes } from '../../core/choices.js';
import type { TuneFlags } from '../jobs/tune.js';
import { choice } from '../options/choice.js';
import { addLayerOptions } from '../options/layers.js';
import { listOf } from '../options/lists.js';
import { addCooperative } from '../options/plan.js';
import { precisionOption } from '../options/precision.js';
import { classCounts, integerFrom, path, positive } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addTune(program: Command, run: Run): void {
  const command = program
    .command('tune')
    .summary('find the fastest kernels for a network on this GPU')
    .description(
      'Times the ways in which each part of a training step can be computed, on random batches, and keeps the fastest ' +
        'in the cache folder, where train and bench find them. What was found before for these sizes is timed again ' +
        'and replaced.',
    );
  addCooperative(command)
    .option(
      '--budget <s>',
      'take at most this many seconds (default: 20 on a GPU, else 60)',
      positive,
    )
    .option('--out <file>', 'also write the result to this file, for --plan', path)
    .optionsGroup('Sizes:')
    .option('--batch <n>', 'recordings in a batch', integerFrom(1), 32)
    .option('--frames <n>', 'frames of each recording', integerFrom(1), 300)
    .option('--units <n>', 'recurrent units in each direction', integerFrom(1), 256);
  addLayerOptions(command, { inputUnits: ordinarySizes.frontendUnits })
    .option(
      '--head-hidden <n>',
      'hidden units of each head',
      integerFrom(0),
      ordinarySizes.headHidden,
    )
    .option(
      '--heads <list>',
      'tasks and how many classes each has (default: emotion=4,speaker=8,gender=2)',
      classCounts,
    )
    .addOption(choice('--cell <name>', 'recurrent cell', cells).default('a-lstm'))
    .option(
      '--offsets <list>',
      'a-lstm: how many steps back the combined states are, such as 1,2,3',
      listOf(integerFrom(1)),
    )
    .option('--period <n>', 'a-lstm: combine states every n steps', integerFrom(1))
    .option('--unidirectional', 'read the recording forwards only')
    .addOption(precisionOption().default('f32'))
    .addHelpText(
      'after',
      examples(
        'alstm tune --batch 64 --frames 500 --units 256 --out plan.json',
        'alstm train --manifest speech.csv --batch 64 --plan plan.json --out runs/tuned',
      ),
    )
    .action((flags: TuneFlags, self: Command) =>
      run(self, async (cli) => (await import('../jobs/tune.js')).tuneShape(cli, flags)),
    );
}
