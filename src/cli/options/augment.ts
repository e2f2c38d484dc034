import { InvalidArgumentError } from 'commander';
import { type AugmentConfig, augmentKeys, augmentRecipe } from '../../core/augment.js';
import { readText, type Files } from '../../core/files.js';
import { parseJson } from '../../core/json.js';
import { parseAugment } from '../../runs/augment.js';
import { pairs } from './lists.js';
import { numberFrom, path } from './values.js';

export const augmentText =
  'augment the frames in training: time and feature masks, gain, offset, stretch, crop; what: a JSON file of ' +
  'training.augment, a list such as timeMasks=2,timeMaskShare=0.2, or none (default: a set of values that works)';

/** `true`: the recipe; or the settings themselves, or the file that has them. */
export type AugmentFlag = true | AugmentConfig | { readonly file: string };

/** Of `--augment`'s value, which may be left out. */
export function augmentFlag(text: string): AugmentFlag {
  if (text === 'none') return {};
  if (!text.includes('=')) return { file: path(text) };
  const hint = `Give names and numbers, such as gain=0.1,crop=0.2; the names are ${augmentKeys.join(', ')}.`;
  const known = (name: string): name is keyof AugmentConfig =>
    (augmentKeys as readonly string[]).includes(name);
  const entries = Array.from(pairs(text, hint), ([name, value]) => {
    if (!known(name)) throw new InvalidArgumentError(hint);
    return [name, numberFrom(0)(value)] as const;
  });
  return Object.fromEntries(entries);
}

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
  return parseAugment(parseJson(await readText(files, flag.file), flag.file), flag.file) ?? {};
}
