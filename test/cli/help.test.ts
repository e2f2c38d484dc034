import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program.js';
import { problemOf } from '../guides/command-lines.js';
import { alstmHere } from './run-cli.js';

const nowhere = { write: () => undefined };
const program = makeProgram(() => Promise.resolve(), { stdout: nowhere, stderr: nowhere });

/** All commands and those below them, by what is typed for them. */
function allBelow(command: Command, typed: readonly string[] = []): [string, Command][] {
  return command.commands.flatMap((own) => {
    const words = [...typed, own.name()];
    return [[words.join(' '), own] as [string, Command], ...allBelow(own, words)];
  });
}

const commands = allBelow(program);

test('there are commands below others', () => {
  const names = commands.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['experiment collect', 'bench pipeline', 'open page', 'open report']),
  );
});

describe.each(commands)('alstm %s', (name, command) => {
  test('says what it is for, and what each option and argument is', () => {
    expect(command.description()).toMatch(/^[A-Z].*\.$/s);
    const hidden = name === 'complete';
    if (!hidden) expect(command.summary()).toMatch(/^\S.{5,58}\S$/);
    const { options, registeredArguments } = command;
    const said = [...options.filter((option) => !option.hidden), ...registeredArguments];
    expect(said.filter(({ description }) => description.trim().length < 5)).toEqual([]);
  });

  test('gives examples that it takes', async () => {
    const { status, stdout } = await alstmHere([...name.split(' '), '--help']);
    expect(status).toBe(0);
    const after = stdout.slice(stdout.search(/^Examples?:$/m));
    const examples = Array.from(after.matchAll(/^ {2}\$ (.+)$/gm), ([, text = '']) => text);
    expect(examples.some((text) => text.startsWith(`alstm ${name}`))).toBe(true);
    for (const text of examples) {
      expect(await problemOf({ file: name, line: 0, text, partial: false }), text).toBeUndefined();
    }
  });

  test('fits 80 columns, except for examples', async () => {
    const { stdout } = await alstmHere([...name.split(' '), '--help']);
    const lines = stdout.split('\n').filter((line) => !line.startsWith('  $ '));
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

test('options are grouped where there are many', async () => {
  const { stdout } = await alstmHere(['train', '--help']);
  const groups = Array.from(stdout.matchAll(/^(\S.*):$/gm), ([, heading]) => heading);
  expect(groups).toEqual([
    ...['Options', 'Recordings', 'Features', 'Network', 'Training', 'Speed'],
    ...['Global Options', 'Examples'],
  ]);
});

test('commands are grouped by what one wants to do', async () => {
  const { stdout } = await alstmHere(['--help']);
  expect(stdout).toMatch(/^Predict:\n {2}predict /m);
  expect(stdout).toMatch(/^Train:\n {2}corpus /m);
  expect(stdout).toMatch(/^Look inside and measure:\n {2}graph /m);
});

test('help explains a command below another', async () => {
  const asked = await alstmHere(['help', 'experiment', 'collect']);
  expect(asked).toEqual(await alstmHere(['experiment', 'collect', '--help']));
});

test('help ends well, whatever a part of the process left as its exit code', async () => {
  const { exitCode } = process;
  process.exitCode = 1;
  try {
    expect(await alstmHere(['help', 'train'])).toMatchObject({ status: 0, stderr: '' });
  } finally {
    process.exitCode = exitCode;
  }
});
