import { InvalidArgumentError, Option } from 'commander';
import { ConfigError } from '../../core/errors.js';
import { readText } from '../../core/files.js';
import { isJsonObject, parseJson } from '../../core/json.js';
import type { ClassPrior } from '../../metrics/prior.js';
import type { Cli } from '../cli.js';
import { pairs } from './lists.js';
import { path } from './values.js';

/** `--prior`: shares, or a file that has them. */
export type PriorFlag = ClassPrior | { readonly file: string };

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
