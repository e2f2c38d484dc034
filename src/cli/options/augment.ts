import { InvalidArgumentError } from 'commander';
import { type AugmentConfig, augmentKeys } from '../../core/augment.js';
import { pairs } from './lists.js';
import { numberFrom, path } from './values.js';

export const augmentText =
  'change the frames a little at random in training (masks, gain, stretch, crop …): without a value as has proved ' +
  'good, or a list such as timeMasks=2,crop=0.2, a JSON file of it, or none';

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
