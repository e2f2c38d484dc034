import type { Command } from 'commander';
import type { EvaluateFlags } from '../jobs/evaluate.js';
import { addDataOptions } from '../options/data.js';
import { withOption } from '../options/ensemble.js';
import { MODEL_TEXT } from '../options/model.js';
import { priorOption } from '../options/prior.js';
import { path } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addEvaluate(program: Command, run: Run): void {
  const command = program
    .command('evaluate')
    .summary('how often is a model right?')
    .description(
      'Tests a model on recordings whose emotion is known: on the test part of a corpus, by its column split, by ' +
        '--test-speakers, or else on all of it. A run folder is tested on its own corpus if none is given; if that has ' +
        'moved, give --data alone.',
    )
    .argument('<model>', MODEL_TEXT, path)
    .addOption(withOption())
    .addOption(priorOption('test'))
    .option('--task <name>', 'what to test (default: emotion, or else the first)');
  addDataOptions(command)
    .addHelpText(
      'after',
      examples(
        'alstm evaluate runs/first',
        'alstm evaluate voices-4 --corpus nemo --data data/nemo --test-speakers KS0,EB0',
        'alstm evaluate runs/seed-0 --with runs/seed-1 --with runs/seed-2',
      ),
    )
    .action((model: string, flags: EvaluateFlags, self: Command) =>
      run(self, async (cli) =>
        (await import('../jobs/evaluate.js')).evaluateModel(cli, model, flags),
      ),
    );
}
