import type { Command } from 'commander';
import { didYouMean } from '../../core/suggest.js';
import { examples } from '../text.js';

export function addHelp(program: Command): void {
  program
    .command('help')
    .summary('explain a command')
    .description('Explains a command, as its option --help does.')
    .argument('[command...]', 'the command; default: all of them')
    .addHelpText('after', examples('alstm help train', 'alstm help experiment collect'))
    .action((names: string[] | undefined) => {
      let command = program;
      for (const name of names ?? []) {
        command =
          command.commands.find((own) => own.name() === name) ?? refuseUnknown(command, name);
      }
      command.outputHelp();
    });
}

/** As Commander says it where there is nothing else that a word could be. */
export function refuseUnknown(command: Command, name: string): never {
  const known = command.createHelp().visibleCommands(command);
  const meant = didYouMean(
    name,
    known.map((own) => own.name()),
  ).trim();
  return command.error(`error: unknown command '${name}'${meant && `\n(${meant})`}`, {
    code: 'commander.unknownCommand',
  });
}
