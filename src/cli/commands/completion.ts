import type { Command } from 'commander';
import { choiceArgument } from '../options/choice.js';
import type { Shell } from '../completion/script.js';
import { examples } from '../text.js';

/** Directives of the shells' scripts: name files too; nothing but what is listed. */
const FILES = 0;
const NO_FILES = 4;

/**
 * Neither runs a job, so that an answer comes at once.
 *
 * @param write writes text as it is, tabs included
 */
export function addCompletion(program: Command, write: (text: string) => void): void {
  program
    .command('completion')
    .summary('let the Tab key complete commands in your shell')
    .description(
      'Prints a script for a shell, which then completes commands, options, their choices, files and folders. The ' +
        'last line of the script says how to install it.',
    )
    .addArgument(choiceArgument('<shell>', 'which shell', ['bash', 'zsh', 'fish', 'powershell']))
    .addHelpText('after', examples('alstm completion bash', 'alstm completion fish'))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../completion/script.js');
      write(completionScript(shell));
    });
  program
    .command('complete', { hidden: true })
    .description('Prints what the last word may become: for the scripts of alstm completion.')
    .argument('[word...]', 'the command line so far')
    .addHelpText('after', examples('alstm complete -- train --cell l'))
    .action(async (words: string[]) => {
      const { candidatesFor } = await import('../completion/candidates.js');
      const { values, files } = candidatesFor(program, words);
      for (const [value, description] of values) write(`${value}\t${description}\n`);
      write(`:${files && values.length === 0 ? FILES : NO_FILES}\n`);
    });
}
