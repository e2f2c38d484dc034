import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { type ConditionName, conditionTitle } from '../features/conditions/conditions.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { modelFolderOf, type TrainedModel } from '../model/folder.js';
import { parameterCount } from '../network/parameters.js';
import { modelCard } from '../report/card/card.js';
import type { CardProtocol, CardTest, ModelCard } from '../report/card/types.js';
import { readLog, type EpochLog } from './log.js';
import { readRunConfig } from './folder.js';

/** What a card needs besides the run itself. */
export interface CardExtras {
  readonly name: string;
  readonly protocol?: CardProtocol;
  readonly test?: CardTest;
  /** Test scores of its regression tasks. */
  readonly numbers?: ModelCard['numbers'];
}

/**
 * The card of a model without its run.
 *
 * @example
 * const trained = await readModel(files, 'runs/first');
 * await files.write('runs/first/model/README.md', cardOfModel('my model', trained));
 */
export function cardOfModel(
  name: string,
  { model, labels, featureSet, trimDb, normalisation, provenance, license }: TrainedModel,
): string {
  const { version, adapter, driver, data, seed } = provenance;
  return modelCard({
    name,
    model,
    parameters: parameterCount(model),
    labels,
    ...licenseOf(license),
    ...(data !== '' && { data: { corpus: data } }),
    protocol: {
      seed,
      ...featuresText({ set: featureSet?.id, trimDb }),
      normalisation: normalisation?.scope ?? 'utterance',
    },
    training: { version, adapter, driver },
  });
}

/** `license` of a card: Hugging Face writes the ids of SPDX in small letters. */
function licenseOf(license: string | undefined): Pick<ModelCard, 'license'> {
  return license === undefined ? {} : { license: license.toLowerCase() };
}

/** The best epoch and its scores on the validation side. */
function bestScores({ epoch, validation }: EpochLog) {
  const { accuracy, regression } = validation ?? {};
  return {
    bestEpoch: epoch,
    ...(accuracy !== undefined && { validationAccuracy: accuracy }),
    ...(regression && { validationNumbers: regression }),
  };
}

/** `features` of a card; absent for the default ones. */
function featuresText({
  set = defaultFeatureSet.id,
  trimDb,
  speeds,
  conditions,
}: {
  readonly set?: string | undefined;
  readonly trimDb?: number | null | undefined;
  readonly speeds?: readonly number[] | undefined;
  readonly conditions?: readonly ConditionName[] | undefined;
} = {}): { readonly features?: string } {
  const text = [
    set,
    ...((trimDb ?? null) === null ? [] : [`trimmed at -${trimDb} dB`]),
    ...(speeds === undefined ? [] : [`with copies at speed ${speeds.join(', ')}`]),
    ...(conditions === undefined
      ? []
      : [`with copies with ${conditions.map(conditionTitle).join(', ')}`]),
  ].join(', ');
  return text === defaultFeatureSet.id ? {} : { features: text };
}

/**
 * Writes the card of a run's best model, `README.md` beside it: what it was trained on and how.
 *
 * @throws like readRunConfig and readLog; WriteError
 */
export async function writeRunCard(
  files: Files,
  run: string,
  { name, protocol, test, numbers }: CardExtras,
): Promise<void> {
  const { model, labels, features, training, data, seed, license, ...machine } =
    await readRunConfig(files, run);
  const log = await readLog(files, run);
  const best = log.findLast((entry) => entry.best);
  const { source } = data;
  const card = modelCard({
    name,
    model,
    parameters: parameterCount(model),
    labels,
    ...licenseOf(license),
    data: {
      ...(source && { corpus: source.corpus }),
      utterances: data.training.utterances,
      seconds: data.training.seconds,
      ...(labels['speaker'] && { speakers: labels['speaker'].length }),
    },
    protocol: {
      ...(source?.testSpeakers && { testSpeakers: source.testSpeakers }),
      validation:
        data.validation.utterances === 0 ? 'none' : `${data.validation.utterances} utterances`,
      seed,
      ...featuresText(features),
      normalisation: source?.normalise ?? 'utterance',
      ...protocol,
    },
    training: {
      optimizer: training.optimizer,
      learningRate: training.learningRate,
      batch: training.batch,
      epochs: log.length,
      ...(best && bestScores(best)),
      adapter: machine.adapter,
      driver: machine.driver,
      version: machine.version,
    },
    ...(test && { test }),
    ...(numbers && { numbers }),
  });
  await files.write(joinPath(modelFolderOf(run), 'README.md'), card);
}
