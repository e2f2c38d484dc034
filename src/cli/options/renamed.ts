import { type Command, Option } from 'commander';

/**
 * Adds an option that was renamed: the old name is still accepted, but hidden from the help.
 *
 * @param old its old flags without the argument, such as `--frontend-units`
 */
export function addRenamed(command: Command, option: Option, old: string): Command {
  const argument = / <.*>$/.exec(option.flags)?.[0] ?? '';
  const former = new Option(`${old}${argument}`).hideHelp();
  if (option.parseArg) former.argParser(option.parseArg);
  command.addOption(option).addOption(former);
  command.on(`option:${former.name()}`, () => {
    const given: unknown = command.getOptionValue(former.attributeName());
    command.setOptionValueWithSource(option.attributeName(), given, 'cli');
    command.setOptionValue(former.attributeName(), undefined);
  });
  return command;
}
