import type { Command, Option } from 'commander';

/**
 * Adds an option that has to be given. It is looked for last, because Commander would report that it is missing before an
 * option that is unknown: `--otu runs/first` lacks `--out`, but that is not the mistake.
 */
export function addRequired(command: Command, option: Option): Command {
  option.description += ' (required)';
  return command.addOption(option).hook('preAction', (_, self) => {
    if (self.getOptionValue(option.attributeName()) !== undefined) return;
    self.error(`error: required option '${option.flags}' not specified`, {
      code: 'commander.missingMandatoryOptionValue',
    });
  });
}
