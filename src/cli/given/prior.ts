import { ConfigError } from '../../core/errors.js';
import { isJsonObject } from '../../core/json.js';
import { readJson } from '../../core/json-file.js';
import type { ClassPrior } from '../../metrics/prior.js';
import type { Cli } from '../cli.js';
import type { PriorFlag } from '../options/prior.js';

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
  const json = await readJson(cli.files, file);
  const shares = isJsonObject(json) ? Object.entries(json) : [];
  if (shares.length > 0 && shares.every(([, share]) => typeof share === 'number' && share > 0)) {
    return Object.fromEntries(shares) as ClassPrior;
  }
  throw new ConfigError(
    `${file} is not shares by label`,
    'Give a JSON object such as {"anger": 0.2, "neutral": 0.8}.',
  );
}
