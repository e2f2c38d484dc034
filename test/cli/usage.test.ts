import { readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { describe, expect, it, test } from 'vitest';
import { problemOf } from '../guides/command-lines.js';
import { alstm, alstmHere, errorOf } from './run-cli.js';

const commands = [
  ...['demo', 'open', 'doctor'],
  ...['predict', 'enrol'],
  ...['corpus', 'train', 'evaluate'],
  'experiment',
  ...['export', 'features'],
  ...['graph', 'verify', 'bench', 'tune'],
  ...['help', 'completion'],
];

test('the help names every command, and every command explains itself with an example', async () => {
  const { status, stdout, stderr } = await alstm(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const listed = [...stdout.matchAll(/^ {2}(\w+)(?: [[<]| {2,}\w)/gm)].map(([, name]) => name);
  expect(listed).toEqual(commands);
  const helps = await Promise.all(commands.map((name) => alstmHere([name, '--help'])));
  helps.forEach((help, i) => {
    expect(help.status).toBe(0);
    expect(help.stdout).toContain(`Usage: alstm ${commands[i]}`);
    expect(help.stdout).toMatch(new RegExp(`Examples?:\\n  \\$ alstm ${commands[i]}`));
    for (const option of ['--adapter', '--seed', '--cache', '--json']) {
      expect(help.stdout).toContain(option);
    }
  });
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await alstm(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

describe('wrong usage ends with 2, one line of what is wrong and one of where to look', () => {
  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['doctor', '--fast'], "unknown option '--fast'"],
    [['doctor', '--adapter', 'abacus'], "'abacus' is invalid. Allowed choices are gpu, lavapipe"],
    [['doctor', '--seed', '-1'], "'-1' is invalid. Give an integer of at least 0."],
    [['doctor', '--cache', ''], 'Give a path.'],
    [['corpus', 'nemo'], "missing required argument 'dir'"],
    [['features', 'a.wav'], "required option '--out <dir>' not specified"],
    [['train', '--out', 'r', '--lr', '0'], "'0' is invalid. Give a number above 0."],
    [['train', '--out', 'r', '--memory-budget', '5 apples'], 'Give a size such as 512MiB'],
    [['train', '--out', 'r', '--offsets', '5,,1'], "'5,,1' is invalid."],
    [['train', '--out', 'r', '--class-weights', 'heavy'], 'Give `balanced`, one number'],
    [['train', '--out', 'r', '--cell', 'rnn'], 'Allowed choices are lstm, mean-lstm, a-lstm'],
    [['graph', '--classes', 'emotion'], "'emotion' is invalid."],
    [['graph', '--frames', '2.5'], "'2.5' is invalid. Give an integer of at least 1."],
    [['tune', '--heads', 'emotion'], 'Give tasks and their numbers of classes'],
    [['train', '--out', 'r', '--precision', 'f64'], 'Allowed choices are f32, f16'],
  ])('%j', async (args, message) => {
    const ended = await alstmHere(args);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 2, stdout: '' });
    const error = errorOf(ended);
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/^See: alstm (\w+ )?--help$/);
    expect(ended.stderr.split('\n')).toHaveLength(3); // the third is empty
  });

  test('with the formats of corpora where that is what is unknown', async () => {
    const ended = await alstmHere(['corpus', 'timit', '.']);
    expect({ status: ended.status, ...errorOf(ended) }).toEqual({
      status: 2,
      message: 'unknown corpus format "timit"',
      hint: 'The formats are cremad, emodb, emotale, emovo, emozionalmente, folders, iemocap, jlcorpus, manifest, mesd, nemo, ravdess, savee, subesco, tess, turev.',
    });
  });

  test('in the process itself', async () => {
    const ended = await alstm(['doctor', '--fast']);
    expect(ended).toEqual({
      status: 2,
      stdout: '',
      stderr: "alstm: unknown option '--fast'\n  See: alstm doctor --help\n",
    });
  });

  test('also where options contradict or lack each other', async () => {
    const cases = [
      [['train', '--out', 'r'], 'no recordings were given'],
      [['train', '--out', 'r', '--data', '.'], 'no recordings were given'],
      [
        ['train', '--out', 'r', '--manifest', 'm.csv', '--corpus', 'nemo', '--data', '.'],
        '--manifest was given together with --corpus or --data',
      ],
      [
        ['train', '--out', 'r', '--resume', '--epochs', '5'],
        '--epochs was given together with --resume',
      ],
      [
        ['train', '--out', 'r', '--resume', '--head-hidden', '5'],
        '--head-hidden was given together with --resume',
      ],
    ] as const;
    for (const [args, message] of cases) {
      const ended = await alstmHere(args);
      expect(ended.status).toBe(2);
      expect(errorOf(ended).message).toBe(message);
      expect(errorOf(ended).hint).not.toBe('');
    }
  });
});

test('without a command there is what one can do, on one screen', async () => {
  const { status, stdout, stderr } = await alstm([]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = stdout.split('\n').slice(0, -1);
  expect(lines.length).toBeGreaterThanOrEqual(20);
  expect(lines.length).toBeLessThanOrEqual(30);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const tasks = lines.filter((line) => /^[A-Z][a-z ]+$/.test(line));
  expect(tasks).toEqual([
    ...['Try it', 'Predict', 'Train', 'Compare', 'Exchange', 'Look inside and measure'],
  ]);
  expect(lines.at(-1)).toContain('README.md');
  const examples = lines.filter((line) => line.startsWith('  alstm '));
  const problems = await Promise.all(
    examples.map((line) => {
      const text = line.trim().split('  ')[0] ?? '';
      return problemOf({ file: 'alstm', line: 0, text, partial: false });
    }),
  );
  expect(examples.length).toBeGreaterThan(10);
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
});

test('with options alone there is the help, on standard error', async () => {
  const { status, stdout, stderr } = await alstmHere(['--json']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('Usage: alstm [options] [command]');
});

test('a reader that has had enough is no failure', async () => {
  const { status, stderr } = await alstm(['graph'], { closeAfter: 1 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('an error comes without a stack unless asked for', async () => {
  const args = ['corpus', 'manifest', 'nowhere'];
  const plain = await alstm(args);
  expect(plain.status).toBe(1);
  expect(errorOf(plain).message).toBe('there is no nowhere');
  expect(plain.stderr).not.toContain('    at ');
  const asked = await alstm(args, { env: { ALSTM_DEBUG: '1' } });
  expect(asked.status).toBe(1);
  expect(asked.stderr).toMatch(/ {4}at .*registry\.js/);
});

test('without an adapter it says what to install', async () => {
  // No driver that the loader can find: a file that is none, and no other place to look.
  const env = { VK_DRIVER_FILES: devNull, VK_ICD_FILENAMES: devNull };
  const ended = await alstm(['doctor', '--adapter', 'gpu', '--json'], { env });
  expect(ended.status).toBe(1);
  const { message, hint } = errorOf(ended);
  expect(message).toContain('no GPU found');
  expect(hint).toContain('install');
  expect(JSON.parse(ended.stdout)).toEqual({ ok: false, error: message, hint });
});
