import { type AugmentConfig, augmentRecipe } from '../../core/augment.js';
import type { Files } from '../../core/files.js';
import { readJson } from '../../core/json-file.js';
import { parseAugment } from '../../runs/augment.js';
import type { AugmentFlag } from '../options/augment.js';

/**
 * The settings of `--augment`.
 *
 * @throws FileError or FormatError for the file; ConfigError for settings that are not valid
 */
export async function readAugment(
  files: Files,
  flag: AugmentFlag | undefined,
): Promise<AugmentConfig | undefined> {
  if (flag === undefined || flag === true) return flag && augmentRecipe;
  if (!('file' in flag)) return parseAugment(flag, '--augment') ?? {};
  return parseAugment(await readJson(files, flag.file), flag.file) ?? {};
}
