import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { alstmHere } from '../cli/run-cli.js';
import { type CommandLine, commandLines, markdownFiles, problemOf } from './command-lines.js';

async function problemsOf(lines: readonly CommandLine[]): Promise<string[]> {
  const problems: string[] = [];
  for (const one of lines) {
    const problem = await problemOf(one);
    if (problem !== undefined) problems.push(`${one.file}:${one.line}: ${one.text}: ${problem}`);
  }
  return problems;
}

test('every command in README and guides is one that the program takes', async () => {
  const files = markdownFiles();
  expect(files).toEqual(expect.arrayContaining(['README.md', 'test/guides/fine-tuning.md']));
  const lines = files.flatMap((file) => commandLines(file));
  expect(lines.filter(({ partial }) => !partial).length).toBeGreaterThan(25);
  expect(lines.filter(({ partial }) => partial).length).toBeGreaterThan(10);
  expect(await problemsOf(lines)).toEqual([]);
});

test('so are the examples of each help', async () => {
  const { stdout } = await alstmHere(['--help']);
  const names = Array.from(
    stdout.matchAll(/^ {2}([a-z]+) .*[[<]| {2,}/gm),
    ([, name]) => name ?? '',
  );
  const lines: CommandLine[] = [];
  for (const name of new Set(names.filter((own) => own !== '' && own !== 'help'))) {
    const help = await alstmHere([name, '--help']);
    for (const [, text = ''] of help.stdout.matchAll(/^ {2}\$ (.+)$/gm)) {
      lines.push({ file: `alstm ${name} --help`, line: 0, text, partial: false });
    }
  }
  expect(lines.length).toBeGreaterThan(12);
  expect(await problemsOf(lines)).toEqual([]);
});

test('so are those that model cards and the page give', async () => {
  const lines = ['src/report/card/card.ts', 'src/web/views/train.ts'].flatMap((file) => {
    const found = readFileSync(file, 'utf8').matchAll(/(?:npx |\\n)(alstm \w[^'`\\]*)/g);
    return Array.from(found, ([, text = '']) => ({ file, line: 0, text, partial: false }));
  });
  expect(lines).toHaveLength(2);
  expect(await problemsOf(lines)).toEqual([]);
});

describe('a wrong one is found, with its place', () => {
  test.each([
    ['npx alstm train --learning-rate 1 --out r', "unknown option '--learning-rate'"],
    ['npx alstm train --lr much --out r', "'much' is invalid"],
    ['npx alstm train --lr 1', "required option '--out <run>' not specified"],
    ['npx alstm evaluat runs/first', "unknown command 'evaluat'"],
    ['npx alstm predict', "missing required argument 'file'"],
    ['alstm train --cell rnn --out r', 'Allowed choices are'],
    ['npm run bench:compare -- --quickly', 'bench does not know --quickly'],
    ['npm run nothing', 'no script nothing'],
    ['python3 nothing.py', 'there is no'],
    ['frobnicate', 'what is frobnicate?'],
  ])('%s', async (text, problem) => {
    const lines = commandLines('bench/x.md', `Text.\n\n\`\`\`sh\n# first\n${text} # why\n\`\`\`\n`);
    const [found] = await problemsOf(lines);
    expect(found).toContain(`bench/x.md:5: ${text}: `);
    expect(found).toContain(problem);
  });

  test('also within a sentence, where only what is missing is forgiven', async () => {
    const text = 'See `alstm export` and `npx alstm graph --hidden 3`.';
    const lines = commandLines('x.md', text);
    expect(await problemsOf(lines)).toEqual([
      "x.md:1: npx alstm graph --hidden 3: alstm: unknown option '--hidden'",
    ]);
  });
});
