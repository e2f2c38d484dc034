import type { Command } from 'commander';
import type { OpenFlags, PageFlags } from '../jobs/open.js';
import { integerFrom, path } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

const PRINT = 'print the address, and open nothing';

export function addOpen(program: Command, run: Run): void {
  const command = program
    .command('open')
    .helpCommand(false)
    .summary('open the page, or a report, in your browser')
    .description('Opens something in your browser; where there is none, prints its address.')
    .addHelpText('after', examples('alstm open page', 'alstm open report runs/demo'));
  command
    .command('page')
    .summary('predict, record and train in your browser')
    .description(
      'Opens the web page that comes with alstm: it records, predicts and trains in your browser, and sends nothing ' +
        'anywhere. It is served to this machine alone until you press Ctrl-C.',
    )
    .option('--print', PRINT)
    .option(
      '--port <n>',
      'where to serve it (default: 2578, or any free one if that is taken)',
      integerFrom(1, 65_535),
    )
    .addHelpText('after', examples('alstm open page', 'alstm open page --print --port 8080'))
    .action((flags: PageFlags, self: Command) =>
      run(self, async (cli) => (await import('../jobs/open.js')).openPage(cli, flags)),
    );
  command
    .command('report')
    .summary('the report of a demo or an experiment')
    .description(
      'Opens the newest report.html in a folder or below it: alstm demo and alstm experiment write one.',
    )
    .argument('[path]', 'a report, or a folder to look in (default: this one)', path)
    .option('--print', PRINT)
    .addHelpText('after', examples('alstm open report', 'alstm open report runs/demo --print'))
    .action((given: string | undefined, flags: OpenFlags, self: Command) =>
      run(self, async (cli) => (await import('../jobs/open.js')).openReport(cli, given, flags)),
    );
}
