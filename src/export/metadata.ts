import { VERSION } from '../core/version.js';
import { byUtterance, type Normalisation } from '../features/normalise.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { unlessUntrimmed } from '../features/trim.js';
import { functionalsDescription } from './functionals.js';
import type { TrainedModel } from '../model/folder.js';
import { featuresToJson } from '../model/features.js';
import { formatFor } from '../model/format.js';

/**
 * Metadata for users of the file, as strings; those whose names end in `_json` are JSON. Labels, model,
 * features, provenance and confidence are as in the model folder's `config.json`.
 */
export function metadataOf(trained: TrainedModel): Readonly<Record<string, string>> {
  const { model, labels, normalisation = byUtterance, provenance } = trained;
  const { featureSet = defaultFeatureSet, trimDb, license, confidence } = trained;
  const own = { featureSet, ...unlessUntrimmed(trimDb), normalisation };
  const features = featuresToJson(own, formatFor({ model, featureSet, trimDb }));
  return {
    'alstm.version': VERSION,
    'alstm.labels_json': JSON.stringify(labels),
    'alstm.normalisation': normalisationText(normalisation),
    ...((trimDb ?? null) !== null && { 'alstm.trimming': trimmingText(trimDb!) }),
    'alstm.features_json': JSON.stringify(features),
    'alstm.feature_names_json': JSON.stringify(featureSet.names),
    'alstm.model_json': JSON.stringify(model),
    ...(model.functionals?.scope === 'functionals' && {
      'alstm.functionals': `The input functionals: ${functionalsDescription(model.features)}.`,
    }),
    'alstm.provenance_json': JSON.stringify(provenance),
    ...(license !== undefined && { 'alstm.license': license }),
    ...(confidence && {
      'alstm.confidence': confidenceText,
      'alstm.confidence_json': JSON.stringify(confidence),
    }),
  };
}

const over: Readonly<Record<Normalisation['scope'], string>> = {
  utterance: 'with mean and population deviation over the frames of the recording',
  speaker:
    'with mean and population deviation over all frames of all recordings of its speaker: ' +
    'a single recording cannot be normalised',
  training: "with the training set's mean and deviation: statistics in alstm.features_json",
};

/** Which frames the graph expects. */
function trimmingText(trimDb: number): string {
  return (
    `Frames before the first and after the last whose level is within ${trimDb} dB of the recording's highest ` +
    'are left out first, except for three on either side.'
  );
}

const confidenceText =
  'Below the threshold of its task in alstm.confidence_json the highest probability means "not sure".';

/** How to normalise raw features for the graph. */
export function normalisationText(normalisation: Normalisation): string {
  const { scope } = normalisation;
  const prior = scope === 'speaker' && normalisation.prior !== undefined;
  return (
    'The input is normalised features: each column minus its mean, divided by its deviation, ' +
    `${prior ? withPrior : over[scope]}; a constant column becomes 0.`
  );
}

const withPrior =
  'of its speaker: of the moments (n m + kappa m0) / (n + kappa), with m the mean and the mean square over all ' +
  'frames of the n recordings of the speaker at hand, and kappa and m0 (mean, square) of prior in alstm.features_json';
