import { type Command, Option } from 'commander';
import { logFormats, regressionLosses } from '../../core/choices.js';
import type { TrainFlags } from '../jobs/train.js';
import { choice, choiceList } from '../options/choice.js';
import { classWeights, classWeightsText } from '../options/class-weights.js';
import { addDataOptions, validateByOption, validationShareOption } from '../options/data.js';
import { addNormaliseOptions } from '../options/features.js';
import { names, quotingNote } from '../options/lists.js';
import { MODEL_TEXT } from '../options/model.js';
import { addPlanOptions } from '../options/plan.js';
import { precisionOption } from '../options/precision.js';
import { addRegressionOption, reversals } from '../options/regression.js';
import { addRequired } from '../options/required.js';
import { addModelOptions, addTrainingOptions } from '../options/settings.js';
import { numberFrom, path } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addTrain(program: Command, run: Run): void {
  const command = program
    .command('train')
    .summary('train a model on recordings of your own')
    .description(
      'Trains a model and writes it to a run folder, with its settings, a log and checkpoints; model/ in it is the best ' +
        'so far. Ctrl-C saves a checkpoint and stops; --resume goes on as if nothing had happened.',
    );
  addRunOptions(command);
  addDataOptions(command)
    .option(
      '--validation-speakers <list>',
      `keep these speakers for validation (default: a tenth of the training recordings); ${quotingNote}`,
      names,
    )
    .addOption(validationShareOption())
    .addOption(validateByOption());
  addModelOptions(addRegressionOption(command));
  addNormaliseOptions(command.optionsGroup('Features:'));
  addPlanOptions(addLossOptions(addTrainingOptions(command)))
    .addHelpText(
      'after',
      examples(
        'alstm train --corpus nemo --data data/nemo --test-speakers KS0,EB0 --out runs/first',
        'alstm train --manifest speech.csv --config small.json --epochs 20 --out runs/second',
        'alstm train --resume --out runs/first',
      ),
    )
    .action((flags: TrainFlags, self: Command) => {
      const given = Object.keys(flags).filter((name) => self.getOptionValueSource(name) === 'cli');
      return run(self, async (cli) => {
        const { begin, resume } = await import('../jobs/train.js');
        await (flags.resume ? resume(cli, flags, given) : begin(cli, flags));
      });
    });
}

function addRunOptions(command: Command): void {
  addRequired(
    command,
    new Option(
      '--out <run>',
      'run folder: a new one, or with --resume the one to go on with',
    ).argParser(path),
  )
    .option(
      '--resume',
      'go on with the run in --out, with its own options; only --on-non-finite and --feature-memory may change, and ' +
        '--data or --manifest may say where the same recordings are now',
    )
    .option('--init-from <model>', `start from what another model has learned: ${MODEL_TEXT}`, path)
    .addOption(
      choiceList(
        '--log-format <list>',
        'how to write the log; log.jsonl is always there',
        logFormats,
      ),
    )
    .option('--trace <file>', 'write how long the first passes take, for ui.perfetto.dev', path)
    .option(
      '--verify-determinism',
      'train once more in another process, and check that both come out the same to the bit',
    );
}

function addLossOptions(command: Command): Command {
  return command
    .addOption(precisionOption())
    .option('--label-smoothing <share>', 'label smoothing of every head', numberFrom(0, 1))
    .option('--class-weights <list>', classWeightsText, classWeights)
    .addOption(
      choice('--regression-loss <loss>', 'loss of --regression (default: ccc)', regressionLosses),
    )
    .option(
      '--reversal <list>',
      'unlearn a task, such as speaker=0.1: what it shares with others gets -0.1 times its gradient',
      reversals,
    );
}
