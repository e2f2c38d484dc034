import type { ModelConfig } from '../core/config.js';
import { ConfigError, CorpusError } from '../core/errors.js';
import { isRegression } from '../core/heads.js';
import {
  refuseOtherFeatures,
  refuseOtherNormalisation,
  refuseOtherTrimming,
} from '../data/dataset.js';
import type { RunData } from '../data/source.js';
import type { TrainingConfig } from '../runs/settings.js';
import { labelledOf } from '../scoring/score.js';
import { decidingHead } from '../scoring/validation.js';
import { takesFunctionals } from '../session/batch.js';

/**
 * Early stopping needs labels of its task on both sides, and the same normalisation on both, unless there is no
 * validation; a regression task needs numbers to learn from.
 */
export function checkData(
  { training, validation }: RunData,
  model: ModelConfig,
  { sampling, keep }: TrainingConfig,
): void {
  const head = decidingHead(model);
  if (sampling === 'balanced' && isRegression(head)) {
    throw new ConfigError(
      `training.sampling is "balanced", but the task "${head.task}" has no classes`,
      'Drop it: it balances classes.',
    );
  }
  refuseOtherFeatures(validation, training.featureSet, 'the validation side');
  refuseOtherTrimming(validation, training.trimDb, 'the validation side');
  refuseOtherNormalisation(validation, training.normalisation, 'the validation side');
  const { task } = head;
  const validated = validation.lengths.length > 0;
  if (!validated && keep !== 'last') {
    throw new ConfigError(
      'there are no validation utterances to choose the best epoch by',
      'Keep the last one (--keep last), or hold some out for validation.',
    );
  }
  const sides = validated ? { training, validation } : { training };
  // of one number alone there is no CCC
  const least = isRegression(head) ? 2 : 1;
  for (const [side, dataset] of Object.entries(sides)) {
    const labelled = labelledOf(dataset, head).length;
    if (labelled >= least) continue;
    if (labelled > 0) {
      throw new CorpusError(
        `only ${labelled} ${side} utterance has a number for the task "${task}", CCC needs two`,
        'Label more of them, or set aside more for validation.',
      );
    }
    throw new CorpusError(
      `no ${side} utterance has a label for the task "${task}"`,
      `Label some of them, or remove the head for ${task} from the model.`,
    );
  }
  const blank = model.heads.find((own) => isRegression(own) && !labelledOf(training, own).length);
  if (blank === undefined) return;
  throw new CorpusError(
    `no training utterance has a number for the task "${blank.task}"`,
    `Name it in the data source's regression tasks, or remove the head for ${blank.task} from the model.`,
  );
}

/** A model that takes functionals of raw frames needs them of every utterance. */
export function checkFunctionals({ training, validation }: RunData, model: ModelConfig): void {
  if (!takesFunctionals(model)) return;
  for (const [side, { functionals, lengths }] of Object.entries({ training, validation })) {
    if (functionals !== undefined || lengths.length === 0) continue; // no validation: keep the last epoch
    throw new ConfigError(
      `the model takes functionals of the scope "functionals", but the ${side} data have none`,
      'Load the data by speaker, with `functionals`; or take functionals of the scope "frames".',
    );
  }
}
