import { z } from 'zod';
import type { ModelConfig } from '../core/config.js';
import { ConfigError, FormatError } from '../core/errors.js';
import { brief, isJsonObject } from '../core/json.js';
import {
  checkSchema,
  dictionaryOf,
  flag,
  integer,
  listOf,
  object,
  oneOf,
  real,
  text,
} from '../core/schema.js';
import { corpusFilterFields } from '../corpora/filters.js';
import type { LabelSets } from '../corpora/labels.js';
import { validationUnits } from '../corpora/split.js';
import { sha256 } from '../features/digest.js';
import { normalisations } from '../features/normalise.js';
import { refuseUnknownSet } from '../features/sets/registry.js';
import type { ConditionName } from '../features/conditions/conditions.js';
import { conditionsSchema, speedsSchema, trimDbSchema } from '../features/schemas.js';
import { parseModelConfig } from '../network/model-config.js';
import { licenseSchema } from '../model/license-schema.js';
import { presetNames, type PresetName } from '../model/presets.js';
import type { KernelPlan } from '../plan/plan.js';
import { planSchema } from '../plan/schema.js';
import { resolveTraining, type TrainingConfig } from './settings.js';
import type { DataSource } from '../data/source.js';
import { logFormats, type LogFormat } from './log-formats.js';

export const RUN_FORMAT = 'alstm-run-1';

/** One side of a run's data. */
export interface SideSummary {
  readonly utterances: number;
  readonly frames: number;
  readonly seconds: number;
  /** SHA-256 of its recordings and classes, after `recordings:`; in an older run, of features and classes. */
  readonly digest: string;
}

/** What computed a run, or a part of it: results on the same machine are bit-identical. */
export interface Machine {
  /** Of this package. */
  readonly version: string;
  readonly adapter: string;
  readonly driver: string;
  readonly plan: KernelPlan;
}

/** `config.json` of a run folder. */
export interface RunConfig extends Machine {
  readonly format: typeof RUN_FORMAT;
  /** Of the initial values, the order of the batches and dropout. */
  readonly seed: number;
  readonly preset: PresetName;
  /** Absent: `prosody36`. */
  readonly features?: {
    readonly set: string;
    readonly trimDb?: number;
    readonly speeds?: readonly number[];
    readonly conditions?: readonly ConditionName[];
    readonly strangers?: boolean;
  };
  readonly model: ModelConfig;
  readonly labels: LabelSets;
  readonly training: TrainingConfig;
  readonly data: {
    readonly source?: DataSource;
    readonly training: SideSummary;
    readonly validation: SideSummary;
  };
  /** The model folder that it started from. */
  readonly initFrom?: string;
  /** The terms of that model, which are those of this run's model too: an SPDX id. */
  readonly license?: string;
  /** Logs beside `log.jsonl`; results do not depend on them. */
  readonly logFormats?: readonly LogFormat[];
  /** If it was resumed on another machine: what computed the steps before. */
  readonly earlier?: readonly (Machine & { readonly untilStep: number })[];
}

const anyText = z.string('a text');
const names = listOf(text());

const sourceSchema: z.ZodType<DataSource> = object({
  corpus: text(),
  path: text(),
  corpora: listOf(
    object({ corpus: text(), path: text(), map: dictionaryOf(anyText).exactOptional() }),
  ).exactOptional(),
  ...corpusFilterFields,
  regression: names.exactOptional(),
  allowOutside: flag().exactOptional(),
  testSpeakers: names.exactOptional(),
  validationSpeakers: names.exactOptional(),
  validationShare: real({ from: 0, under: 1 }).exactOptional(),
  validateBy: oneOf(validationUnits).exactOptional(),
  features: text().exactOptional(),
  hopMs: real({ over: 0 }).exactOptional(),
  trimDb: trimDbSchema.exactOptional(),
  speeds: speedsSchema.exactOptional(),
  conditions: conditionsSchema.exactOptional(),
  strangers: flag().exactOptional(),
  normalise: oneOf(normalisations).exactOptional(),
  kappa: real({ from: 0 }).exactOptional(),
  seed: integer(0),
});

const side = (least: 0 | 1): z.ZodType<SideSummary> =>
  object({
    utterances: integer(least),
    frames: integer(least),
    seconds: real({ from: 0 }),
    digest: text(),
  });

const machine = { version: anyText, adapter: anyText, driver: anyText, plan: planSchema };

const runSchema = object({
  format: z.literal(RUN_FORMAT),
  ...machine,
  seed: integer(0),
  preset: oneOf(presetNames),
  features: object({
    set: text(),
    trimDb: real({ from: 0 }).exactOptional(),
    speeds: speedsSchema.exactOptional(),
    conditions: conditionsSchema.exactOptional(),
    strangers: flag().exactOptional(),
  }).exactOptional(),
  model: z.unknown(),
  labels: dictionaryOf(names),
  training: z.record(z.string(), z.unknown(), 'an object'),
  data: object({ source: sourceSchema.exactOptional(), training: side(1), validation: side(0) }),
  initFrom: text().exactOptional(),
  license: licenseSchema.exactOptional(),
  logFormats: listOf(oneOf(logFormats)).exactOptional(),
  earlier: listOf(object({ ...machine, untilStep: integer(0) })).exactOptional(),
});

/**
 * Checks a run's configuration.
 *
 * @throws FormatError for another format or version; ConfigError naming the invalid field, such as an unknown
 *   feature set
 */
export function parseRunConfig(json: unknown, source: string): RunConfig {
  const format = isJsonObject(json) ? json['format'] : undefined;
  if (format !== RUN_FORMAT) {
    throw new FormatError(
      `${source}: format ${format === undefined ? 'is missing' : brief(format)}, want "${RUN_FORMAT}"`,
      typeof format === 'string' && format.startsWith('alstm-run-')
        ? 'The run was made by another version of alstm: use that version.'
        : 'Give a folder that train --out created.',
    );
  }
  const checked = checkSchema(runSchema, json, source);
  const { features, model, training } = checked;
  if (features !== undefined) refuseUnknownSet(features.set, `${source}: features.set`);
  return {
    ...checked, // keeps the order of the fields
    model: parseModelConfig(model, source, ['model']),
    // nothing of it comes from a preset, so that presets may change
    training: resolveTraining({ preset: 'alstm-1', training }, source),
  };
}

/**
 * SHA-256 of all that determines a run's results except the machine; its checkpoints contain it. `onNonFinite`
 * has no effect before a fault, so it may change when a run is resumed.
 */
export function hashOf({
  seed,
  features,
  model,
  labels,
  training,
  data,
}: Omit<RunConfig, keyof Machine>): Promise<string> {
  const digests = [data.training.digest, data.validation.digest];
  const decisive = { ...training, onNonFinite: undefined };
  const json = JSON.stringify({ seed, features, model, labels, training: decisive, digests });
  return sha256(new TextEncoder().encode(json));
}

/**
 * Refuses to resume with another configuration than the run was started with.
 *
 * @throws ConfigError naming the first field that differs
 */
export function refuseDifference(begun: unknown, now: unknown, run: string, path: string): void {
  if (isJsonObject(begun) && isJsonObject(now)) {
    for (const key of new Set([...Object.keys(begun), ...Object.keys(now)])) {
      refuseDifference(begun[key], now[key], run, path === '' ? key : `${path}.${key}`);
    }
    return;
  }
  const [a, b] = [JSON.stringify(begun), JSON.stringify(now)];
  if (a === b) return;
  throw new ConfigError(
    `${run} was started with ${path} ${a ?? 'not set'}, now it is ${b ?? 'not set'}`,
    'Resume with --out alone, or start a new run in another folder: --init-from starts it from the model of this one.',
  );
}
