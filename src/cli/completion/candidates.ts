import type { Argument, Command, Option } from 'commander';
import { oneLine } from '../../core/lines.js';

/** What a shell may offer for a word. */
export interface Candidates {
  readonly values: readonly (readonly [value: string, description: string])[];
  /** Names of files and folders too, which the shell knows best. */
  readonly files: boolean;
}

const nothing: Candidates = { values: [], files: false };

/** What help calls the things that are files or folders. */
const pathNames = /^(?:file|dir|run|model|recording|fixture|path|what|shares|map)$/;

/**
 * What the last word of a command line may become.
 *
 * @param words without the program's name; the last may be empty
 */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const typed = words.at(-1) ?? '';
  const { command, position, asks } = read(program, words.slice(0, -1));
  if (asks !== undefined) return valuesOf(asks, typed);
  if (typed.startsWith('-')) return { values: optionsOf(command, typed), files: false };
  const argument = argumentAt(command, position);
  const own = argument === undefined ? nothing : valuesOf(argument, typed);
  const below = position === 0 ? commandsOf(command, typed) : [];
  return { values: [...below, ...own.values], files: own.files };
}

/** Where a command line has got to: the command, its arguments so far, and the option that waits for its value. */
function read(program: Command, words: readonly string[]) {
  let command = program;
  let position = 0;
  let asks: Option | undefined;
  for (const word of words) {
    if (asks !== undefined) {
      asks = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = allOptions(command).find(({ long, short }) => word === long || word === short);
      if (option?.required) asks = option;
      continue;
    }
    const below = position === 0 ? command.commands.find((own) => own.name() === word) : undefined;
    if (below !== undefined) command = below;
    else position++;
  }
  return { command, position, asks };
}

function argumentAt({ registeredArguments }: Command, position: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[position] ?? (last?.variadic ? last : undefined);
}

/** Those of the command, and of those above it, that help shows. */
function allOptions(command: Command): readonly Option[] {
  const own = command.createHelp().visibleOptions(command);
  return command.parent ? [...own, ...allOptions(command.parent)] : own;
}

function optionsOf(command: Command, typed: string): Candidates['values'] {
  const found = new Map<string, string>();
  for (const { long, description } of allOptions(command)) {
    if (long?.startsWith(typed) && !found.has(long)) found.set(long, oneLine(description));
  }
  return [...found];
}

function commandsOf(command: Command, typed: string): Candidates['values'] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((own) => own.name().startsWith(typed))
    .map((own) => [own.name(), oneLine(own.summary())]);
}

/** For an option's value or an argument; in a list, for what follows the last comma. */
function valuesOf(wanted: Option | Argument, typed: string): Candidates {
  const { argChoices } = wanted;
  if (argChoices === undefined) return { values: [], files: pathNames.test(valueNameOf(wanted)) };
  const begun = typed.slice(0, typed.lastIndexOf(',') + 1);
  const values = argChoices
    .map((choice) => begun + choice)
    .filter((value) => value.startsWith(typed));
  return { values: values.map((value) => [value, ''] as const), files: false };
}

/** What help calls the value: `file` of `--out <file>`. */
function valueNameOf(wanted: Option | Argument): string {
  if ('flags' in wanted) return /[<[]([^>\].]+)/.exec(wanted.flags)?.[1] ?? '';
  return wanted.name();
}
