import { type Command, Option } from 'commander';
import { corpusFormats } from '../../core/choices.js';
import { oneOf } from './choice.js';
import { names } from './lists.js';
import { path } from './values.js';

/** Options that name one corpus or several. */
export interface CorporaFlags {
  readonly corpus?: string;
  readonly data?: string;
  readonly map?: readonly string[];
}

export function addCorporaOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--corpus <format>',
        'which corpus it is, or which ones, separated by commas; --data says where',
      )
        .choices(corpusFormats)
        .argParser(formats),
    )
    .option('--data <dir>', 'the folder of the corpus, or one for each, separated by commas', path)
    .option(
      '--map <map>',
      'rename the emotions of one corpus, such as emodb:anger=angry,boredom= (an empty name drops it), or a ' +
        'JSON file of this by corpus; may be repeated',
      (text: string, before: readonly string[] = []) => [...before, text],
    );
}

/** Formats separated by commas, as they are. */
function formats(text: string): string {
  names(text).forEach((name) => oneOf(corpusFormats)(name));
  return text;
}
