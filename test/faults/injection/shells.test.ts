/** Hostile names in what shells read: Slurm's scripts, commands that messages suggest, completion. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../../../src/cli/completion/script.js';
import { listOption } from '../../../src/core/names.js';
import { shellPath, shellQuoted, shellWord } from '../../../src/core/shell.js';
import { parseProtocol } from '../../../src/experiments/protocol.js';
import { slurmScript } from '../../../src/experiments/slurm.js';
import { names as listed } from '../../../src/cli/options/lists.js';
import { scratchFolder } from '../../cli/scratch.js';
import { allNames, keepCounts, shownName } from './names.js';

const at = scratchFolder();

/** No path or argument holds a zero; two slashes are one. */
const names = allNames
  .map(([, name]) => name.replaceAll('//', '/'))
  .filter((name) => !name.includes('\0'));

/** What a script prints in bash; commands named `touch` would leave files in the scratch folder. */
function bash(script: string): string[] {
  const text = execFileSync('bash', ['-s'], {
    cwd: at(),
    input: script,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  expect(existsSync(at('x'))).toBe(false);
  return text.split('\0').slice(0, -1);
}

keepCounts('shells', [
  ...['words of bash', 'paths', 'lists in options', 'script for Slurm', 'completion of bash'],
]);

const showing = 'show() { printf \'%s\\0\' "$@"; }\nalstm() { show "$@"; }\n';

it.each([
  ['in quotes', shellQuoted],
  ['as a word', shellWord],
])('names %s are one word each', (_how, word) => {
  const lines = names.map((name) => `show ${word(name)}`);
  expect(lines.join('')).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  expect(bash(showing + lines.join('\n'))).toEqual(names);
});

it('a path is a word, and no option', () => {
  const words = bash(showing + names.map((name) => `show ${shellPath(name)}`).join('\n'));
  expect(words.filter((word) => word.startsWith('-'))).toEqual([]);
  expect(words.map((word) => word.replace(/^\.\/(?=-)/, ''))).toEqual(names);
});

it('a list in an option is read as it was', () => {
  const own = names.filter((name) => name.trim() !== '');
  const [option, list = ''] = bash(`${showing}show ${listOption('--emotions', own)}`);
  expect(option).toBe('--emotions');
  expect(listed(list)).toEqual(own);
});

describe("Slurm's script", () => {
  const protocol = parseProtocol(
    {
      format: 'alstm-protocol-1',
      name: 'a comparison',
      corpus: { format: 'manifest' },
      split: { kind: 'random-pair', draws: 3, seed: 1 },
      settings: {},
      cells: [{ name: 'LSTM', settings: {} }],
      seeds: [0],
    },
    'test',
  );
  const scriptFor = (name: string, out = `/runs/${name}`): string =>
    slurmScript({ protocol, data: `/data/${name}`, out, tasks: 3, options: ['--cache', name] });

  /** How sbatch reads the value of --output, and how the job's daemon then names its log. */
  function logOf(script: string): string {
    const line = /^#SBATCH (--output=.*)$/m.exec(script)?.[1] ?? '';
    let word = '';
    let quote: string | undefined;
    for (let i = 0; i < line.length; i++) {
      const char = line[i]!;
      if (char === '\\') word += line[++i] ?? '';
      else if (quote === undefined && (char === '"' || char === "'")) quote = char;
      else if (char === quote) quote = undefined;
      else if (quote === undefined && (/\s/.test(char) || char === '#')) break;
      else word += char;
    }
    const path = word.slice('--output='.length);
    if (path.includes('\\')) return path.replaceAll('\\', '');
    return path.replace(/%(%|A|a|j|N|u|s|t|n|\d)/g, (_, what: string) =>
      what === '%' ? '%' : what === 'A' ? '77' : what === 'a' ? '2' : '?',
    );
  }

  const written = names.filter(
    (name) => !/[\\\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name),
  );

  it('logs into the folder that it names, whatever that is called', () => {
    expect(written.length).toBeGreaterThan(70);
    for (const name of written) {
      expect(logOf(scriptFor(name)), shownName(name)).toBe(`/runs/${name}/slurm-77_2.log`);
    }
    expect(logOf('#SBATCH --output=/runs/a b/slurm-%A_%a.log')).toBe('/runs/a'); // what it was
  });

  it('is refused where Slurm could not log', () => {
    for (const name of names.filter((name) => !written.includes(name))) {
      expect(() => scriptFor(name), shownName(name)).toThrow('Slurm cannot write logs to');
    }
  });

  it('runs the command that was meant and nothing else', () => {
    const scripts: string[] = [];
    const expected: string[] = [];
    for (const name of names) {
      const out = written.includes(name) ? `/runs/${name}` : '/runs/a';
      const script = scriptFor(name, out);
      const words = [
        ...['experiment', '--protocol', `${out}/protocol.json`, '--manifest', `/data/${name}`],
        ...['--out', out, '--shard', 'auto', '--cache', name],
      ];
      scripts.push(`(\n${script})`);
      expected.push(...words);
      expect(script.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(10);
    }
    expect(bash(showing + scripts.join('\n'))).toEqual(expected);
  });
});

describe('completion', () => {
  // What the package bash-completion does, for words without = and :.
  const library = `_get_comp_words_by_ref() {
    cword=$COMP_CWORD; cur=\${COMP_WORDS[cword]}; words=("\${COMP_WORDS[@]}"); }
    compopt() { :; }\n`;
  /** As it would be typed, so that a word is not taken apart before it gets here. */
  const asking = (typed: string): string =>
    `COMP_WORDS=(alstm train --corpus ${shellQuoted(typed)}); COMP_CWORD=3; __alstm_complete; show end "\${COMPREPLY[@]}"\n`;

  it('of bash runs nothing that was typed, and passes it on as it is', () => {
    // the list so far and one more, as `alstm complete` answers
    const program = `alstm() { printf '%s\\n' "\${@: -1}" >&2; printf '%s\\t\\n:4\\n' "\${@: -1}emo"; }\n`;
    const typed = names.filter((name) => !/[\n\t\r:]/.test(name) && name.length < 1000);
    const script = library + completionScript('bash') + showing + program;
    const found = bash(`exec 2>/dev/null\n${script}${typed.map(asking).join('')}`);
    const wanted = typed.flatMap((name) => ['end', `${name}emo`]);
    expect(found).toEqual(wanted);
  });

  it.each(['bash', 'powershell'] as const)('of %s has no way left to run it', (shell) => {
    const script = completionScript(shell);
    expect(script).not.toMatch(/\beval "|compgen -W/);
    if (shell === 'powershell') expect(script).toContain(`"['\\u2018-\\u201b]"`);
  });
});
