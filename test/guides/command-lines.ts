import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommanderError } from 'commander';
import { makeProgram } from '../../src/cli/program.js';

/** A command line as a text shows it. */
export interface CommandLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** Mentioned within a sentence, or with `…` for what is left out: arguments may be missing. */
  readonly partial: boolean;
}

/** The Markdown files below a folder, but not those of packages and builds. */
export function markdownFiles(folder = '.'): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return /^(\..*|node_modules|dist)$/.test(entry.name) ? [] : markdownFiles(path);
    }
    const isCurrent = entry.name !== 'CHANGELOG.md'; // which tells of what was
    return isCurrent && entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Every command of a Markdown text's `sh` blocks, and every `alstm …` and `npm run …` within its sentences. */
export function commandLines(file: string, markdown = readFileSync(file, 'utf8')): CommandLine[] {
  const found: CommandLine[] = [];
  let block: string | undefined;
  let pending = '';
  for (const [i, raw] of markdown.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(raw);
    if (fence !== null) {
      block = block === undefined ? fence[1] : undefined;
    } else if (block === 'sh') {
      pending += raw.replace(/\\$/, '');
      if (raw.endsWith('\\')) continue;
      for (const text of commandsIn(pending)) {
        found.push({ file, line: i + 1, text, partial: text.includes('…') });
      }
      pending = '';
    } else if (block === undefined) {
      for (const [, code = ''] of raw.matchAll(/`((?:npx )?alstm [^`]*|npm run [^`]*)`/g)) {
        for (const text of commandsIn(code)) found.push({ file, line: i + 1, text, partial: true });
      }
    }
  }
  return found;
}

/** Without comments, each of several joined by `&&`. */
function commandsIn(line: string): string[] {
  const commands = line.replace(/(^|\s)#.*/, '').split('&&');
  return commands.map((command) => command.trim()).filter((command) => command !== '');
}

/** What is wrong with a command line, in one line; undefined where nothing is. */
export async function problemOf(command: CommandLine): Promise<string | undefined> {
  const words = wordsOf(command.text).filter((word) => word !== '…');
  const [first = '', second = '', ...rest] = words;
  const folder = dirname(command.file);
  if (first === 'alstm') return alstmProblem(words.slice(1), command.partial);
  if (first === 'npx' && second === 'alstm') return alstmProblem(rest, command.partial);
  if (first === 'npx' && second === 'vitest') return vitestProblem(rest);
  if (first === 'npm' && second === 'run') return scriptProblem(rest);
  if (first === 'npm')
    return ['ci', 'test', 'install'].includes(second) ? undefined : 'no npm command';
  if (first === 'python3') return pythonProblem(join(folder, second), rest);
  return ['cd', 'tar', 'cp', './first.sh', './run.sh'].includes(first)
    ? undefined
    : `what is ${first}?`;
}

/** Tests are named by files and folders, which are to be there. */
function vitestProblem([run, ...paths]: readonly string[]): string | undefined {
  if (run !== 'run') return 'tests that watch do not end: npx vitest run';
  const missing = paths.find((path) => path !== '…' && !existsSync(path));
  return missing === undefined ? undefined : `there is no ${missing}`;
}

async function alstmProblem(
  argv: readonly string[],
  partial: boolean,
): Promise<string | undefined> {
  if (argv.length === 0) return undefined; // shows what one can do
  let said = '';
  const told = { write: (text: string) => void (said += text) };
  const program = makeProgram(() => Promise.resolve(), { stdout: told, stderr: told });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined; // help was asked for
    const missing = ['commander.missingMandatoryOptionValue', 'commander.missingArgument'];
    return partial && missing.includes(error.code) ? undefined : said.split('\n')[0];
  }
}

function scriptProblem([name = '', ...options]: readonly string[]): string | undefined {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
  if (script === undefined) return `no script ${name} in package.json`;
  const source = /tools\/((?:bench|tools)\/[\w-]+)\.js/.exec(script)?.[1];
  return source === undefined ? undefined : flagProblem(`${source}.ts`, options);
}

function pythonProblem(script: string, options: readonly string[]): string | undefined {
  return existsSync(script) ? flagProblem(script, options) : `there is no ${script}`;
}

/** Of a script that is not run here: it has to know the names at least. */
function flagProblem(script: string, options: readonly string[]): string | undefined {
  const folder = dirname(script);
  const sources = readdirSync(folder).filter((name) => /\.(ts|py)$/.test(name));
  const text = sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  const unknown = options.find(
    (option) =>
      /^--\w/.test(option) &&
      !text.includes(option) &&
      !text.includes(`'${option.slice(2)}'`) &&
      !text.includes(`${option.slice(2)}:`),
  );
  return unknown && `${folder} does not know ${unknown}`;
}

/** As a shell divides a line, as far as quotes go. */
function wordsOf(line: string): string[] {
  const words = line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g);
  return Array.from(words, ([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}
