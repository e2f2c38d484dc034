import type { LabelSets } from '../core/labels.js';
import { z } from 'zod';
import type { ModelConfig } from '../core/config.js';
import { ConfigError, FormatError } from '../core/errors.js';
import { isRegression } from '../core/heads.js';
import type { Files } from '../core/files.js';
import { brief, parseJson } from '../core/json.js';
import { sortedUnique } from '../core/order.js';
import { joinPath } from '../core/paths.js';
import { readSafetensors, writeSafetensors, type WriteOptions } from '../core/safetensors.js';
import { checkSchema, dictionaryOf, integer, listOf, object, text } from '../core/schema.js';
import { decodeText, isText } from '../core/text.js';
import type { Tensors } from '../session/types.js';
import { byUtterance, type Normalisation } from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet, unlessDefault } from '../features/sets/registry.js';
import { unlessUntrimmed } from '../features/trim.js';
import { parseModelConfig } from '../network/model-config.js';
import { layoutParameters, parameterCount } from '../network/parameters.js';
import { checkConfidence, type ConfidenceByTask } from './confidence.js';
import { confidenceSchema } from './confidence-schema.js';
import { CONFIG, modelFolderOf, MOST_BYTES, type ModelSource, WEIGHTS } from './layout.js';
import { openModel } from './source.js';
import { featuresOfJson, featuresToJson, refuseOtherWidth } from './features.js';
import { formatFor, formatOf, type ModelFormat } from './format.js';
import { licenseSchema } from './license-schema.js';

export { modelFolderOf };

/** Classes by task: a label's index is its class. */
export type Labels = LabelSets;

/** Origin of a model. */
export interface Provenance {
  /** Version of this package. */
  readonly version: string;
  readonly adapter: string;
  readonly driver: string;
  /** The corpus, in a few words. */
  readonly data: string;
  readonly seed: number;
}

/** A trained model: what a model folder holds. */
export interface TrainedModel {
  readonly model: ModelConfig;
  readonly labels: Labels;
  /** Its feature set; absent: `prosody36`. */
  readonly featureSet?: FeatureSet;
  /** How recordings are trimmed before, as `keptFrames` says; absent or null: not at all. */
  readonly trimDb?: number | null;
  /** How they are normalised; absent: by utterance. */
  readonly normalisation?: Normalisation;
  readonly provenance: Provenance;
  /** The terms of the weights, an SPDX id such as `CC-BY-NC-SA-4.0`; absent: not stated. */
  readonly license?: string;
  /** By task of classes, where it was measured when an answer is to be trusted. It is of these weights only. */
  readonly confidence?: ConfidenceByTask;
  /** By SPEC name, in PyTorch's shapes. */
  readonly parameters: Tensors;
}

/** Bytes per number: F64 is refused by name, not by size. */
const WIDEST = 8;
/** More than the names and shapes of a model's parameters need. */
const HEADER_BYTES = 2 ** 20;

/**
 * Reads a model folder, or a run folder's model: on disk, in an archive of it (.zip, .tar, .tar.gz, .tgz),
 * from its https URL, or one that comes along, by its name. Its files may not be larger than those of a model of that
 * configuration.
 *
 * @example
 * const trained = await readModel(files, 'runs/first');
 * console.log(trained.labels['emotion']);
 *
 * @throws FileError if the model is missing or the network fails; FormatError for a file of another format
 *   or version; ConfigError if configuration, labels and weights disagree; UsageError for a URL that is
 *   not https
 */
export async function readModel(files: Files, path: string): Promise<TrainedModel> {
  return readModelFrom(await openModel(files, path));
}

/**
 * Reads a model from its two files, wherever they are.
 *
 * @throws as readModel
 */
export async function readModelFrom({
  names,
  config,
  weights,
}: ModelSource): Promise<TrainedModel> {
  const json = parseJson(decodeText(await config(), names.config), names.config);
  const parsed = parseConfig(json, names.config);
  const most = Math.min(MOST_BYTES, WIDEST * parameterCount(parsed.model) + HEADER_BYTES);
  const parameters = parseWeights(parsed.model, await weights(most), names.weights);
  return { ...parsed, parameters };
}

/**
 * Writes a model folder. It becomes a valid model with its last file, even if it held another
 * model before, so that a crash cannot leave weights with another model's configuration.
 *
 * @example
 * const trained = await readModel(files, 'runs/first');
 * await writeModel(files, 'models/half', trained, { precision: 'f16' });
 *
 * @param options how the weights are stored; default: as f32
 * @throws ConfigError if model, feature set, labels, confidence and parameters disagree, or the normalisation's
 *   numbers are not finite; FormatError for a weight that is too large for f16; WriteError
 */
export async function writeModel(
  files: Files,
  folder: string,
  trained: TrainedModel,
  options: WriteOptions = {},
): Promise<void> {
  const { model, labels, normalisation = byUtterance, provenance, parameters } = trained;
  const { featureSet = defaultFeatureSet, trimDb, license, confidence } = trained;
  const format = formatFor({ model, featureSet, trimDb });
  checkLabels(model, labels, folder);
  checkParameters(model, parameters, folder);
  refuseOtherWidth(model.features, featureSet, folder);
  if (license !== undefined) checkSchema(licenseSchema, license, folder, ['license']);
  if (confidence !== undefined) checkConfidence(confidence, model, labels, folder);
  const own = { featureSet, ...unlessUntrimmed(trimDb), normalisation };
  const features = featuresToJson(own, format);
  featuresOfJson(features, format, folder); // checks that it can be read back
  const weights = writeSafetensors(parameters, { format }, options);
  const terms = { ...(license !== undefined && { license }), ...(confidence && { confidence }) };
  const json = { format, model, labels, features, provenance, ...terms };
  const config = `${JSON.stringify(json, undefined, 2)}\n`;
  const path = joinPath(folder, CONFIG);
  const before = (await files.exists(path)) ? await files.read(path) : undefined;
  const same = before !== undefined && isText(before, config);
  if (before !== undefined && !same) await files.remove(path);
  await files.write(joinPath(folder, WEIGHTS), weights);
  if (!same) await files.write(path, config);
}

const provenanceSchema: z.ZodType<Provenance> = object({
  version: z.string('a string'),
  adapter: z.string('a string'),
  driver: z.string('a string'),
  data: z.string('a string'),
  seed: integer(0),
});

const configSchema = (format: ModelFormat) =>
  object({
    format: z.literal(format),
    model: z.unknown(),
    labels: dictionaryOf(listOf(text())),
    features: z.record(z.string(), z.unknown(), 'an object'),
    provenance: provenanceSchema,
    license: licenseSchema.exactOptional(),
    confidence: confidenceSchema.exactOptional(),
  });

function parseConfig(json: unknown, file: string): Omit<TrainedModel, 'parameters'> {
  const format = formatOf(json, file);
  const checked = checkSchema(configSchema(format), json, file);
  const { labels, provenance, license, confidence, ...rest } = checked;
  const model = parseModelConfig(rest.model, file, ['model']);
  const { featureSet, ...features } = featuresOfJson(rest.features, format, file);
  refuseOtherWidth(model.features, featureSet, file);
  checkLabels(model, labels, file);
  if (confidence !== undefined) checkConfidence(confidence, model, labels, file);
  const terms = { ...(license !== undefined && { license }), ...(confidence && { confidence }) };
  return { model, labels, ...unlessDefault(featureSet), ...features, provenance, ...terms };
}

/** Every head of classes must have labels, and there must be no others. */
function checkLabels({ heads }: ModelConfig, labels: Labels, source: string): void {
  const fail = (problem: string) =>
    new ConfigError(
      `${source}: ${problem}`,
      'Give each head a sorted list of labels, one per class.',
    );
  const withClasses = heads.filter((head) => !isRegression(head));
  const tasks = new Set(withClasses.map(({ task }) => task));
  const stray = Object.keys(labels).find((task) => !tasks.has(task));
  if (stray !== undefined) throw fail(`${labelsName(stray)} has no head in the model`);
  for (const { task, classes } of withClasses) {
    // An own property: every object has a `constructor`, which is not a list.
    const own = Object.hasOwn(labels, task) ? labels[task] : undefined;
    if (own === undefined)
      throw fail(`${labelsName(task)} is missing, but the model has a head for it`);
    if (own.length !== classes) {
      throw fail(`${labelsName(task)} has ${own.length} labels for ${classes} classes`);
    }
    const sorted = sortedUnique(own);
    if (own.some((label, i) => label !== sorted[i])) {
      throw fail(`${labelsName(task)} is not sorted by code point, or repeats a label`);
    }
  }
}

/** Name for messages, whatever the task is called. */
function labelsName(task: string): string {
  return /^[\w-]{1,40}$/.test(task) ? `labels.${task}` : `labels[${brief(task)}]`;
}

function parseWeights(model: ModelConfig, bytes: Uint8Array, file: string): Tensors {
  const stored = readSafetensors(bytes, { source: file, requireFinite: true });
  const wanted = new Set(layoutParameters(model).parameters.map(({ name }) => name));
  // Not parameters[name] = ...: a tensor called __proto__ would become the prototype and be missed.
  const parameters: Tensors = Object.fromEntries(
    Array.from(stored.tensors, ([name, { dtype, shape, data }]) => {
      if (!wanted.has(name)) throw noParameter(name, file);
      if (dtype === 'F32' || dtype === 'F16') return [name, { shape, data }] as const;
      throw new FormatError(
        `${file}: tensor ${brief(name)} is ${dtype}, expected F32`,
        'Store its tensors as F32, for example with tensor.float() in PyTorch.',
      );
    }),
  );
  checkParameters(model, parameters, file);
  return parameters;
}

/** Exactly the model's parameters, each in its shape. */
function checkParameters(model: ModelConfig, parameters: Tensors, source: string): void {
  const wanted = new Map(
    layoutParameters(model).parameters.map(({ name, shape }) => [name, shape]),
  );
  for (const [name, shape] of wanted) {
    const got = parameters[name]?.shape;
    if (got?.join() === shape.join()) continue;
    const problem =
      got === undefined
        ? 'is missing'
        : `has shape [${got.slice(0, 8).join(', ')}], expected [${shape.join(', ')}]`;
    throw new ConfigError(`${source}: tensor ${brief(name)} ${problem}`, foreign);
  }
  const extra = Object.keys(parameters).find((name) => !wanted.has(name));
  if (extra !== undefined) throw noParameter(extra, source);
}

function noParameter(name: string, source: string): ConfigError {
  return new ConfigError(`${source}: the model has no parameter ${brief(name)}`, foreign);
}

const foreign =
  'The weights belong to another configuration: copy both files from the same folder.';
