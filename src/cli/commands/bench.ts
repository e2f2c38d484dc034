import type { Command } from 'commander';
import { cells } from '../../core/cells.js';
import { poolings, precisions, questions } from '../../core/choices.js';
import type { Question } from '../../bench/grid.js';
import type { BenchFlags } from '../jobs/bench.js';
import { choice, choiceArgument, choiceList } from '../options/choice.js';
import { addLayerOptions } from '../options/layers.js';
import { listOf } from '../options/lists.js';
import { addPlanOptions } from '../options/plan.js';
import { classCounts, integerFrom, numberFrom, path, positive } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';
import { addBenchPipeline } from './bench-pipeline.js';

export function addBench(program: Command, run: Run): void {
  const command = program
    .command('bench')
    .summary('how fast is it here?')
    .description(
      'Measures speed on random data. train-step: whole steps of training; inference: predictions, many at a time and ' +
        'one of 3 s; kernels: each pass of a step; scaling: how the time of a step grows with each size; pipeline: ' +
        'from audio files to answers (alstm bench pipeline --help). Lists measure several sizes; without --batch, ' +
        '--frames and --units a range of sizes is measured.',
    )
    .addArgument(choiceArgument('<question>', 'what to measure', questions))
    .option('--seconds <s>', 'measure each size for so many seconds', positive, 2)
    .option('--out <dir>', 'also write DIR/<adapter>/<question>.json', path);
  addBenchPipeline(command, run);
  addPlanOptions(addShapeOptions(command.optionsGroup('Sizes:')))
    .addHelpText(
      'after',
      examples(
        'alstm bench train-step --batch 32 --frames 200 --units 128 --cell lstm --json',
        'alstm bench kernels --batch 8 --frames 50 --units 64',
        'alstm bench scaling --out bench/results',
        'alstm bench pipeline calls/',
      ),
    )
    .action((question: Question, flags: BenchFlags, self: Command) =>
      run(self, async (cli) => (await import('../jobs/bench.js')).bench(cli, question, flags)),
    );
}

function addShapeOptions(command: Command): Command {
  const own = command
    .option('--batch <list>', 'recordings in a batch', listOf(integerFrom(1)))
    .option('--frames <list>', 'frames of each recording', listOf(integerFrom(1)))
    .option('--units <list>', 'recurrent units in each direction', listOf(integerFrom(1)))
    .addOption(choiceList('--cell <list>', 'recurrent cells', cells))
    .addOption(choiceList('--precision <list>', 'numbers inside the network', precisions));
  return addLayerOptions(own)
    .option('--head-hidden <n>', 'hidden units of each head (default: 256)', integerFrom(0))
    .option(
      '--heads <list>',
      'tasks and how many classes each has (default: emotion=4,speaker=8,gender=2)',
      classCounts,
    )
    .addOption(choice('--pooling <name>', 'how frames become one answer', poolings))
    .option('--period <n>', 'a-lstm: combine states every n steps', integerFrom(1))
    .option(
      '--offsets <list>',
      'a-lstm: how many steps back the combined states are, such as 1,2,3',
      listOf(integerFrom(1)),
    )
    .option('--unidirectional', 'read the recording forwards only')
    .option('--dropout <share>', 'share of units left out (default: 0.5)', numberFrom(0, 1));
}
