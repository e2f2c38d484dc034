import { z } from 'zod';
import { ConfigError, FormatError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { brief, isJsonObject } from '../core/json.js';
import { checkSchema, integer, listOf, object, real, text } from '../core/schema.js';
import { readJson } from '../core/json-file.js';
import { byUtterance, type Normalisation } from '../features/normalise.js';
import { functionalCount } from '../features/functionals.js';
import { joinMoments, ownMoments, type SpeakerMoments } from '../features/speaker-moments.js';
import { defaultFeatureSet, featureSet } from '../features/sets/registry.js';
import type { TrainedModel } from '../model/folder.js';

export const ENROLMENT_FORMAT = 'alstm-enrolment-1';

/**
 * What a model has to know of a voice, kept in a small JSON file: moments of the features, from which no speech can be
 * made again.
 */
export interface Enrolment {
  /** Of the speaker. */
  readonly name: string;
  /** Id of the feature set. */
  readonly set: string;
  /** How its recordings were trimmed. */
  readonly trimDb: number | null;
  readonly speaker: SpeakerMoments;
  /** SHA-256 of the features of recordings in it, so that none is added twice; versions before 0.2 kept none. */
  readonly digests?: readonly string[];
}

/** What an enrolment depends on of a model. */
export type EnrollingModel = Pick<TrainedModel, 'featureSet' | 'trimDb' | 'normalisation'>;

/**
 * Enrols a speaker for a model, and all others of the same features.
 *
 * @example
 * const { features } = await featuresOfFile(files, 'ann.wav');
 * const enrolment = enrol(trained, 'ann', [features]);
 * await writeEnrolment(files, 'ann.json', enrolment);
 *
 * @param recordings raw features of each recording, [T, F], trimmed as the model's are; at least one
 * @param before what is known of the speaker already
 * @throws ConfigError if the model does not normalise by speaker, or `before` was made for other features
 */
export function enrol(
  model: EnrollingModel,
  name: string,
  recordings: readonly Float32Array[],
  before?: Enrolment,
): Enrolment {
  refuseEnrolling(model, before);
  const { id, dimensions } = model.featureSet ?? defaultFeatureSet;
  const { normalisation, trimDb = null } = model;
  const functionals = takesFunctionals(normalisation);
  const own = recordings.map((features) => ownMoments(features, dimensions, functionals));
  const speaker = joinMoments([...(before ? [before.speaker] : []), ...own]);
  // Whoever knows the digests of these recordings adds them.
  return { name, set: id, trimDb, speaker, ...(before?.digests && { digests: before.digests }) };
}

/**
 * Refuses to enrol for a model that does not normalise by speaker, or to add to an enrolment for other features.
 *
 * @throws ConfigError
 */
export function refuseEnrolling(model: EnrollingModel, before?: Enrolment): void {
  const { scope } = model.normalisation ?? byUtterance;
  if (scope !== 'speaker') {
    throw new ConfigError(
      `the model normalises features by ${scope}, so it needs no enrolment`,
      'Predict with it as it is.',
    );
  }
  if (before !== undefined) refuseOtherEnrolment(before, model, `the enrolment of ${before.name}`);
}

function takesFunctionals(normalisation: Normalisation = byUtterance): boolean {
  return normalisation.scope === 'speaker' && normalisation.prior?.functionals !== undefined;
}

/**
 * Refuses an enrolment that was made for other features than a model's.
 *
 * @param source its name, for the error: usually the path
 * @throws ConfigError
 */
export function refuseOtherEnrolment(
  { set, trimDb, speaker, name }: Enrolment,
  { featureSet: own = defaultFeatureSet, normalisation, trimDb: ownTrim = null }: EnrollingModel,
  source: string,
): void {
  const refuse = (problem: string): ConfigError =>
    new ConfigError(`${source}: ${problem}`, `Enrol ${name} again with this model: alstm enrol.`);
  if (set !== own.id) throw refuse(`enrolled with ${set} features, the model takes ${own.id}`);
  if (trimDb !== ownTrim) {
    const trimming = (db: number | null): string =>
      db === null ? 'no trimming' : `trimming at ${db} dB`;
    throw refuse(`enrolled with ${trimming(trimDb)}, the model takes ${trimming(ownTrim)}`);
  }
  if (takesFunctionals(normalisation) && speaker.functionals === undefined) {
    throw refuse('enrolled without functionals, which the model takes');
  }
}

/** The content of an enrolment's file. */
export function enrolmentToJson({ name, set, trimDb, speaker, digests }: Enrolment): unknown {
  const { recordings, frameCount, frames, functionals } = speaker;
  return {
    format: ENROLMENT_FORMAT,
    ...{ name, set, trimDb, recordings },
    frames: { count: frameCount, ...frames },
    ...(functionals && { functionals }),
    ...(digests && { digests }),
  };
}

/**
 * Writes what is known of a speaker's voice as JSON, which `readEnrolment` reads.
 *
 * @example
 * const { features } = await featuresOfFile(files, 'ann.wav');
 * await writeEnrolment(files, 'ann.json', enrol(trained, 'ann', [features]));
 *
 * @throws WriteError
 */
export async function writeEnrolment(
  files: Files,
  path: string,
  enrolment: Enrolment,
): Promise<void> {
  await files.write(path, `${JSON.stringify(enrolmentToJson(enrolment))}\n`);
}

/**
 * Reads an enrolment.
 *
 * @example
 * const enrolment = await readEnrolment(files, 'ann.json');
 * const { label } = await alstm.predict('speech.wav', { enrolment });
 *
 * @throws FileError if it cannot be read; FormatError for another format or version; ConfigError naming the invalid
 *   field
 */
export async function readEnrolment(files: Files, path: string): Promise<Enrolment> {
  return parseEnrolment(await readJson(files, path), path);
}

/**
 * Checks the content of an enrolment's file.
 *
 * @example
 * const json: unknown = JSON.parse(await readText(files, 'ann.json'));
 * const { name, speaker } = parseEnrolment(json, 'ann.json');
 *
 * @param source its name, for errors
 * @throws FormatError, ConfigError as readEnrolment
 */
export function parseEnrolment(json: unknown, source: string): Enrolment {
  const format = isJsonObject(json) ? json['format'] : undefined;
  if (format !== ENROLMENT_FORMAT) {
    throw new FormatError(
      `${source}: format ${format === undefined ? 'is missing' : brief(format)}, expected "${ENROLMENT_FORMAT}"`,
      typeof format === 'string' && format.startsWith('alstm-enrolment-')
        ? 'It was made by another version of alstm: enrol the speaker again.'
        : 'Give a file that alstm enrol wrote.',
    );
  }
  const id = checkSchema(text(), isJsonObject(json) ? json['set'] : undefined, source, ['set']);
  const { dimensions } = featureSet(id, `${source}: set`);
  const { name, set, trimDb, recordings, frames, functionals, digests } = checkSchema(
    schemaOf(dimensions),
    json,
    source,
  );
  const { count, ...moments } = frames;
  return {
    ...{ name, set, trimDb },
    speaker: {
      recordings,
      frameCount: count,
      frames: moments,
      ...(functionals && { functionals }),
    },
    ...(digests && { digests }),
  };
}

function schemaOf(dimensions: number) {
  const list = (length: number, value: z.ZodType<number>) => {
    const want = `a list of ${length} numbers`;
    return listOf(value, { length, want });
  };
  const moments = (length: number) => ({
    mean: list(length, real()),
    square: list(length, real({ from: 0 })),
  });
  return object({
    format: z.literal(ENROLMENT_FORMAT),
    name: text(),
    set: text(),
    trimDb: z.union([real(), z.null()], { error: 'a number or null' }),
    recordings: integer(1),
    frames: object({ count: integer(1), ...moments(dimensions) }),
    functionals: object(moments(functionalCount(dimensions))).exactOptional(),
    digests: listOf(text()).exactOptional(),
  });
}
