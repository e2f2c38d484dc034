import { readJson } from '../../core/json-file.js';
import { settingsOf } from '../../runs/choices.js';
import { mergeSettings, parseRunSettings, type RunSettings } from '../../runs/settings.js';
import type { Cli } from '../cli.js';
import { readAugment } from './augment.js';
import type { ModelFlags, TrainingFlags } from '../options/settings.js';

/**
 * The settings from the configuration file and the options combined.
 *
 * @throws FileError, FormatError or ConfigError for the file
 */
export async function readSettings(
  cli: Cli,
  flags: ModelFlags & TrainingFlags,
): Promise<RunSettings> {
  const { config } = flags;
  const base =
    config === undefined ? {} : parseRunSettings(await readJson(cli.files, config), config);
  const augment = await readAugment(cli.files, flags.augment);
  return mergeSettings(base, settingsOf({ ...flags, augment }, base));
}
