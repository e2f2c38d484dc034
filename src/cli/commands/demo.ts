import type { Command } from 'commander';
import type { Run } from '../run.js';
import { examples } from '../text.js';
import { path } from '../options/values.js';

export function addDemo(program: Command, run: Run): void {
  program
    .command('demo')
    .summary('a whole study on made-up speech, in a few minutes')
    .description(
      'Makes a small corpus with a speech synthesiser, trains a plain LSTM and an A-LSTM on it, and tests both, and the ' +
        'model of real voices that comes along, on speakers that none of them has heard. Predicts one recording ' +
        'and writes a report.',
    )
    .option('--out <dir>', 'new folder to write to (default: alstm-demo-N)', path)
    .addHelpText(
      'after',
      examples('alstm demo', 'alstm demo --out runs/demo --adapter swiftshader'),
    )
    .action((flags: { out?: string }, self: Command) =>
      run(self, async (cli) => (await import('../jobs/demo.js')).demo(cli, flags.out)),
    );
}
