import type { ModelConfig } from '../core/config.js';
import { isRegression } from '../core/heads.js';
import { nameList } from '../core/names.js';
import type { HostTensor } from '../core/tensor.js';
import type { LabelSets } from '../corpora/labels.js';
import type { Tensors } from '../session/types.js';
import { byUtterance } from '../features/normalise.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { isNonCommercial, licenseText } from '../model/license.js';
import type { TrainedModel } from '../model/folder.js';
import type { Dataset } from '../data/dataset.js';

/**
 * Initial values for fine-tuning: those of a trained model wherever name and shape match. A head with
 * other labels starts from scratch, hidden layer included: its classes mean something else.
 *
 * @param fresh initial values of the new model
 * @param say called with a line each on what was loaded and what starts from scratch
 */
export function startFrom(
  trained: TrainedModel,
  model: ModelConfig,
  labels: LabelSets,
  fresh: Tensors,
  say: (line: string) => void,
): Tensors {
  const headBefore = (task: string) => trained.model.heads.find((head) => head.task === task);
  const otherHeads = model.heads.filter((head) => {
    const before = headBefore(head.task);
    if (before === undefined || isRegression(before) !== isRegression(head)) return true;
    return trained.labels[head.task]?.join('\n') !== labels[head.task]?.join('\n');
  });
  for (const { task } of otherHeads) {
    const had = trained.labels[task];
    const before = headBefore(task);
    const why =
      before === undefined
        ? 'the model has no such head'
        : had === undefined
          ? 'it predicted a number'
          : `its labels were ${nameList(had)}`;
    say(`head ${task} starts from scratch: ${why}`);
  }
  const prefixes = otherHeads.map(({ task }) => `heads.${task}.`);
  const parameters: Record<string, HostTensor> = {};
  const missing: string[] = [];
  for (const [name, own] of Object.entries(fresh)) {
    const known = trained.parameters[name];
    const ofOtherHead = prefixes.some((prefix) => name.startsWith(prefix));
    const fits = known !== undefined && known.shape.join() === own.shape.join();
    parameters[name] = fits && !ofOtherHead ? known : own;
    if (!fits && !ofOtherHead) missing.push(name);
  }
  const count = Object.keys(fresh).filter((name) => parameters[name] !== fresh[name]).length;
  say(`${count} of ${Object.keys(fresh).length} parameters loaded`);
  if (missing.length > 0)
    say(`not found with the same shape, so they start from scratch: ${missing.join(', ')}`);
  return parameters;
}

/** Says that a model's licence is that of the models which start from its weights; nothing if it states none. */
export function tellOfLicense(
  { license }: TrainedModel,
  initFrom: string,
  say: (line: string) => void,
): void {
  if (license === undefined) return;
  const terms = `${initFrom}: its licence, ${licenseText(license)}, is that of this run's model too`;
  say(isNonCommercial(license) ? `${terms}, which is non-commercial` : terms);
}

/** Warns if the trained model had other features or trimming: the layer above the features has to adapt. */
export function tellOfFeatures(
  { featureSet: before = defaultFeatureSet, trimDb: trimmed }: TrainedModel,
  { featureSet: now = defaultFeatureSet, trimDb }: Dataset,
  initFrom: string,
  say: (line: string) => void,
): void {
  if (before !== now) {
    say(`warning: ${initFrom} was trained on ${before.id} features, this run uses ${now.id}`);
  }
  const text = (db: number | null | undefined): string => `trimDb ${db ?? 'null'}`;
  if ((trimmed ?? null) !== (trimDb ?? null)) {
    say(`warning: ${initFrom} was trained with ${text(trimmed)}, this run uses ${text(trimDb)}`);
  }
}

/**
 * Warns if the features are normalised over other frames than the trained model's. That is not a reason to
 * refuse: they still have means near 0 and deviations near 1, training adapts the weights to the difference,
 * and the new model keeps the new normalisation. But the first epochs may score below the trained model.
 */
export function tellOfNormalisation(
  { normalisation: before = byUtterance }: TrainedModel,
  { normalisation: now = byUtterance }: Dataset,
  initFrom: string,
  say: (line: string) => void,
): void {
  if (before.scope === now.scope) return;
  say(
    `warning: ${initFrom} was trained with features normalised by ${before.scope}, this run normalises ` +
      `by ${now.scope}: the weights have to adapt`,
  );
}
