import { type Command, Option } from 'commander';
import type { ExperimentFlags } from '../jobs/experiment.js';
import { refuseUnknown } from './help.js';
import { names, quotingNote } from '../options/lists.js';
import { addPlanOptions } from '../options/plan.js';
import { addProtocolOptions } from '../options/protocol.js';
import { addReportOptions, type ReportFlags } from '../options/report.js';
import { integerFrom, path, paths } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addExperiment(program: Command, run: Run): void {
  const command = program
    .command('experiment')
    .summary('which network is better? over speakers and seeds')
    .description(
      'Trains each network several times, and tests each time on speakers that it has not heard; writes a report with ' +
        'statistics at the end. Stopped? The same command goes on where it was.',
    )
    .option(
      '--protocol <file>',
      'JSON file that says what the experiment is, instead of the options below',
      path,
    )
    .option('--out <dir>', 'folder of the experiment: a new one, or one to go on with', path);
  addReportOptions(command)
    .optionsGroup('On many machines:')
    .option('--folds <list>', `run only these folds now; ${quotingNote}`, names)
    .option('--shard <part>', 'run only one part: i/n, auto in a Slurm array, auto/n in Kubernetes')
    .option('--sbatch <file>', 'write a script for `sbatch`, and run nothing', path)
    .option('--tasks <n>', 'tasks of the Slurm array', integerFrom(1), 8);
  addPlanOptions(addProtocolOptions(command))
    .addHelpText(
      'after',
      examples(
        'alstm experiment --corpus nemo --data data/nemo --cells svm,lstm,a-lstm --out nemo',
        'alstm experiment --protocol paper.json --data IEMOCAP --out paper --shard 2/8',
        'alstm experiment collect paper',
      ),
    )
    .allowExcessArguments() // a mistyped command below it
    .action((flags: ExperimentFlags, self: Command) => {
      if (self.args[0] !== undefined) refuseUnknown(self, self.args[0]);
      const given = Object.keys(flags).filter((name) => self.getOptionValueSource(name) === 'cli');
      return run(self, async (cli) =>
        (await import('../jobs/experiment.js')).experiment(cli, flags, given),
      );
    });
  addCollect(command, run);
}

function addCollect(experiment: Command, run: Run): void {
  const command = experiment
    .command('collect')
    .summary('write the report on what has been run so far')
    .description(
      'Reads the results of an experiment, from one folder or from several that hold its parts, and writes ' +
        'report.html, figures/, summary.json and the model cards. From folders of several experiments it writes ' +
        'across.md and across.json: their networks compared over all speakers.',
    )
    .argument('<dir...>', 'folders of the experiment, or of several', paths)
    .addOption(
      new Option(
        '--report <dir>',
        'folder to write (default: the first folder; needed for several experiments)',
      ).argParser(path),
    );
  addReportOptions(command)
    .addHelpText(
      'after',
      examples(
        'alstm experiment collect paper',
        'alstm experiment collect paper/shard-1 paper/shard-2 --report paper/report',
      ),
    )
    .action((folders: string[], { report }: { readonly report?: string }, self: Command) =>
      run(self, async (cli) => {
        const { collectExperiment } = await import('../jobs/collect.js');
        const { reportSettings } = await import('../given/report.js');
        // `experiment`, which has these options too, takes them wherever they stand
        const shown = await reportSettings(cli, self.optsWithGlobals<ReportFlags>());
        await collectExperiment(cli, folders, report, shown);
      }),
    );
}
