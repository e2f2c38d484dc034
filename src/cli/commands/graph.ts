import type { Command } from 'commander';
import type { GraphFlags } from '../jobs/graph.js';
import { addModelOptions, addTrainingOptions } from '../options/settings.js';
import { classCounts, integerFrom, path } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addGraph(program: Command, run: Run): void {
  const command = program
    .command('graph')
    .summary('what runs on the GPU, pass by pass, and its memory')
    .description(
      'Prints what the GPU is told to do for one batch, in prediction and in training: passes, tensors, buffers, and ' +
        'how much memory they take with and without reuse. Runs nothing; opens a GPU only if --adapter is given, to plan ' +
        'for it.',
    )
    .option('--frames <n>', 'frames of each recording', integerFrom(1), 200)
    .option('--classes <list>', 'how many classes each task has', classCounts, {
      emotion: 4,
      speaker: 8,
      gender: 2,
    })
    .option('--plan <file>', 'choose kernels as this file of alstm tune says', path);
  addTrainingOptions(addModelOptions(command))
    .addHelpText('after', examples('alstm graph --preset tao-liu-2018 --batch 32 --frames 300'))
    .action((flags: GraphFlags, self: Command) =>
      run(self, async (cli) => (await import('../jobs/graph.js')).graph(cli, flags)),
    );
}
