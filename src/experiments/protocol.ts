import { z } from 'zod';
import { ConfigError, FormatError } from '../core/errors.js';
import { brief, isJsonObject, stableJson } from '../core/json.js';
import {
  checkSchema,
  dictionaryOf,
  integer,
  listOf,
  object,
  oneOf,
  real,
  text,
} from '../core/schema.js';
import { corpusFiltersSchema, type CorpusFilters } from '../corpora/filters.js';
import { corpusFormats } from '../corpora/registry.js';
import { validationUnits, type ValidationUnit } from '../corpora/split.js';
import { nameList } from '../core/names.js';
import type { CorpusPart } from '../corpora/several.js';
import { sha256 } from '../features/digest.js';
import { normalisations, type NormalisationScope } from '../features/normalise.js';
import type { ClassPrior } from '../metrics/prior.js';
import { precisions, type Precision } from '../plan/plan.js';
import { mergeSettings, parseRunSettings, type RunSettings } from '../runs/settings.js';
import { fileName, splitRuleSchema, type SplitRule } from './split-rule.js';

/** In the first the default preset was `alstm-1`, which was called `alstm`. */
const protocolFormats = ['alstm-protocol-1', 'alstm-protocol-2'] as const;
export const PROTOCOL_FORMAT = 'alstm-protocol-2';

/** One of the models compared: its additions to the settings. */
export interface ProtocolCell {
  readonly name: string;
  /** May name features of its own: all cells are tested on the same recordings. */
  readonly settings?: Record<string, unknown>;
  /**
   * A support vector classifier of functionals instead of a network (`svm/run-svm-job.ts`); its settings name
   * features, or the preset that has them, only. `c`: default 2. `gamma`: default 0.3 / dimensions.
   */
  readonly svm?: { readonly c?: number; readonly gamma?: number };
}

/** Defines an experiment: the same protocol with the same data gives the same results. */
export interface Protocol {
  readonly format: (typeof protocolFormats)[number];
  readonly name: string;
  /** Which recordings; their folder is not part of the protocol. */
  readonly corpus: CorpusFilters & {
    /** A format that `readCorpus` knows; of several corpora, their names. */
    readonly format: string;
    /** Several corpora, or one whose labels are mapped, as `readCorpora` says. */
    readonly corpora?: readonly Omit<CorpusPart, 'path'>[];
  };
  readonly split: SplitRule;
  /** Share of the training utterances used for validation; 0: none. Default 0.1. */
  readonly validationShare?: number;
  /** Whether validation has other speakers than training. Default: by utterance, it has the same. */
  readonly validateBy?: ValidationUnit;
  readonly normalise?: NormalisationScope;
  /** Of every run: preset, model, training, as in `train --config`. */
  readonly settings?: Record<string, unknown>;
  /** Of every head. */
  readonly heads?: {
    readonly hidden?: number;
    readonly labelSmoothing?: number;
    /** Of the emotions in their loss: in the order of their labels, or by label (others weigh 1). */
    readonly classWeights?: 'balanced' | readonly number[] | Readonly<Record<string, number>>;
  };
  /** What is compared. The first is the baseline. */
  readonly cells: readonly ProtocolCell[];
  readonly seeds: readonly number[];
  readonly precision?: Precision;
  /** What the report shows besides: no run depends on it, so it may change later. */
  readonly report?: ReportSettings;
}

/** What a report shows besides the cells. */
export interface ReportSettings {
  /** Cells whose probabilities are averaged, by name: one ensemble a list. */
  readonly combine?: readonly (readonly string[])[];
  /** Shares of the labels to correct the probabilities of each speaker to. */
  readonly prior?: ClassPrior;
}

const settings = z.record(z.string(), z.unknown(), 'an object');

const formatSchema = oneOf(corpusFormats as [string, ...string[]]);

const protocolSchema: z.ZodType<Protocol> = object({
  format: oneOf(protocolFormats),
  name: text(),
  corpus: object({
    format: text(),
    corpora: listOf(
      object({ corpus: formatSchema, map: dictionaryOf(z.string('a text')).exactOptional() }),
    ).exactOptional(),
    ...corpusFiltersSchema.unwrap().shape,
  }),
  split: splitRuleSchema,
  validationShare: real({ from: 0, under: 1 }).exactOptional(),
  validateBy: oneOf(validationUnits).exactOptional(),
  normalise: oneOf(normalisations).exactOptional(),
  settings: settings.exactOptional(),
  heads: object({
    hidden: integer(0).exactOptional(),
    labelSmoothing: real({ from: 0, under: 1 }).exactOptional(),
    classWeights: z
      .union([z.literal('balanced'), listOf(real({ from: 0 })), dictionaryOf(real({ from: 0 }))], {
        error: '"balanced", a list of numbers, or a number by emotion',
      })
      .exactOptional(),
  }).exactOptional(),
  cells: listOf(
    object({
      name: text(),
      settings: settings.exactOptional(),
      svm: object({
        c: real({ over: 0 }).exactOptional(),
        gamma: real({ over: 0 }).exactOptional(),
      }).exactOptional(),
    }),
  ),
  seeds: listOf(integer(0)),
  precision: oneOf(precisions).exactOptional(),
  report: object({
    combine: listOf(listOf(text())).exactOptional(),
    prior: z
      .union([z.literal('uniform'), dictionaryOf(real({ over: 0 }))], {
        error: '"uniform", or a share by label',
      })
      .exactOptional(),
  }).exactOptional(),
});

/**
 * Checks a protocol.
 *
 * @example
 * const protocol = parseProtocol(JSON.parse(await readText(files, 'paper.json')), 'paper.json');
 * console.log(protocol.cells.length, protocol.seeds);
 *
 * @throws FormatError for another format or version; ConfigError naming the invalid field
 */
export function parseProtocol(json: unknown, source: string): Protocol {
  const format = isJsonObject(json) ? json['format'] : undefined;
  if (!protocolFormats.some((known) => known === format)) {
    throw new FormatError(
      `${source}: format ${format === undefined ? 'is missing' : brief(format)}, want "${PROTOCOL_FORMAT}"`,
      'Give a protocol file: `alstm experiment` writes one as protocol.json.',
    );
  }
  const protocol = checkSchema(protocolSchema, json, source);
  const { cells, seeds, corpus } = protocol;
  if (corpus.corpora === undefined) {
    checkSchema(formatSchema, corpus.format, source, ['corpus', 'format']);
  } else if (corpus.corpora.length === 0) {
    throw new ConfigError(`${source}: corpus.corpora is empty`, 'Name one or more, or drop it.');
  }
  if (cells.length === 0 || seeds.length === 0) {
    const missing = cells.length === 0 ? 'cells' : 'seeds';
    throw new ConfigError(`${source}: ${missing} is empty`, 'Give one or more.');
  }
  refuseTwice(
    cells.map(({ name }) => fileName(name)),
    `${source}: two cells are called`,
  );
  refuseTwice(seeds.map(String), `${source}: duplicate seed`);
  for (const cell of cells) {
    cellSettings(protocol, cell, source);
    refuseNetworkSettings(cell, source);
  }
  refuseUnknownCells(protocol, source);
  return protocol;
}

/**
 * The settings of a cell's runs.
 *
 * @throws ConfigError naming the invalid field
 */
export function cellSettings(
  protocol: Protocol,
  cell: ProtocolCell,
  source = 'protocol',
): RunSettings {
  const { format, normalise, settings = {} } = protocol;
  const common = normalise === undefined ? {} : { features: { normalise } };
  const base = mergeSettings(common, parseRunSettings(settings, `${source}: settings`));
  const own = mergeSettings(
    base,
    parseRunSettings(cell.settings ?? {}, `${source}: cell ${fileName(cell.name)}`),
  );
  const { preset = 'alstm' } = own;
  return format === 'alstm-protocol-1' && preset === 'alstm' ? { ...own, preset: 'alstm-1' } : own;
}

/** @throws ConfigError where cells are to be combined that are not there, or fewer than two */
export function refuseUnknownCells({ cells, report }: Protocol, source: string): void {
  for (const names of report?.combine ?? []) {
    const unknown = names.find((name) => !cells.some((cell) => cell.name === name));
    if (unknown === undefined && new Set(names).size === names.length && names.length > 1) continue;
    throw new ConfigError(
      unknown === undefined
        ? `${source}: combine names ${nameList(names) || 'no cell'}, expected two cells or more`
        : `${source}: combine names the cell ${JSON.stringify(unknown)}, which there is not`,
      `The cells are ${nameList(cells.map(({ name }) => name))}.`,
    );
  }
}

/** A support vector classifier has no layers and no epochs. */
function refuseNetworkSettings({ name, settings = {}, svm }: ProtocolCell, source: string): void {
  const other = Object.keys(settings).find((key) => key !== 'features' && key !== 'preset');
  if (svm === undefined || other === undefined) return;
  throw new ConfigError(
    `${source}: cell ${fileName(name)} is an svm, but has settings.${other}`,
    'Its settings may name preset and features only; c and gamma are in svm.',
  );
}

/**
 * SHA-256 of a protocol: of what its runs depend on, not of the file's layout.
 *
 * @example
 * const protocol = parseProtocol(JSON.parse(await readText(files, 'paper.json')), 'paper.json');
 * console.log(await protocolHash(protocol));
 */
export function protocolHash(protocol: Protocol): Promise<string> {
  const decisive = { ...protocol, report: undefined };
  return sha256(new TextEncoder().encode(stableJson(decisive)));
}

function refuseTwice(names: readonly string[], problem: string): void {
  const once = new Set(names);
  const twice = names.find((name) => !once.delete(name));
  if (twice !== undefined) throw new ConfigError(`${problem} ${twice}`, 'Remove one of them.');
}
