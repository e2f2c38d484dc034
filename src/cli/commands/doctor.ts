import type { Command } from 'commander';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addDoctor(program: Command, run: Run): void {
  program
    .command('doctor')
    .summary('does this machine work? which GPU is used?')
    .description(
      'Shows the adapter (the GPU, or a program that stands in for one) with its driver, limits and features, and ' +
        'checks that it computes correctly. If there is none, says what to install.',
    )
    .addHelpText('after', examples('alstm doctor', 'alstm doctor --adapter swiftshader --json'))
    .action((_flags: object, self: Command) =>
      run(self, async (cli) => (await import('../jobs/doctor.js')).doctor(cli)),
    );
}
