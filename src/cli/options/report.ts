import { type Command, InvalidArgumentError, Option } from 'commander';
import { ConfigError } from '../../core/errors.js';
import { readText } from '../../core/files.js';
import { isJsonObject, parseJson } from '../../core/json.js';
import type { ReportSettings } from '../../experiments/protocol.js';
import type { ClassPrior } from '../../metrics/prior.js';
import type { Cli } from '../cli.js';
import { names, pairs } from './lists.js';
import { path } from './values.js';

/** `--prior`: shares, or a file that has them. */
export type PriorFlag = ClassPrior | { readonly file: string };

export interface ReportFlags {
  readonly combine?: readonly (readonly string[])[];
  readonly prior?: PriorFlag;
}

/** What the report of an experiment shows besides. */
export function addReportOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--combine <list>',
        'also report cells with their probabilities averaged, such as a-lstm+svm',
      ).argParser((text: string) => names(text).map((part) => part.split('+'))),
    )
    .addOption(priorOption('also report'));
}

/** @param verb what is done with the corrected scores */
export function priorOption(verb: string): Option {
  return new Option(
    '--prior <shares>',
    `${verb} scores corrected, by speaker, to known shares of the labels: uniform, label=share,…, or a JSON ` +
      'file with a share by label. Assumes that each speaker shows the labels in these shares',
  ).argParser(priorFlag);
}

function priorFlag(text: string): PriorFlag {
  if (text === 'uniform') return text;
  if (!text.includes('=')) return { file: path(text) };
  const hint = 'Give uniform, shares such as anger=0.2,neutral=0.8, or a JSON file.';
  const shares = [...pairs(text, hint)].map(([label, share]) => [label, Number(share)] as const);
  if (shares.every(([, share]) => share > 0)) return Object.fromEntries(shares);
  throw new InvalidArgumentError(hint);
}

/**
 * The shares that `--prior` means.
 *
 * @throws FileError, FormatError or ConfigError for its file
 */
export async function readPrior(cli: Cli, flag: PriorFlag): Promise<ClassPrior> {
  if (flag === 'uniform' || typeof (flag as { file?: unknown }).file !== 'string') {
    return flag as ClassPrior;
  }
  const { file } = flag as { file: string };
  const json = parseJson(await readText(cli.files, file), file);
  const shares = isJsonObject(json) ? Object.entries(json) : [];
  if (shares.length > 0 && shares.every(([, share]) => typeof share === 'number' && share > 0)) {
    return Object.fromEntries(shares) as ClassPrior;
  }
  throw new ConfigError(
    `${file} is not shares by label`,
    'Give a JSON object such as {"anger": 0.2, "neutral": 0.8}.',
  );
}

/** @throws like readPrior */
export async function reportSettings(
  cli: Cli,
  { combine, prior }: ReportFlags,
): Promise<ReportSettings> {
  return {
    ...(combine && { combine }),
    ...(prior !== undefined && { prior: await readPrior(cli, prior) }),
  };
}
