import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { shells } from '../../src/cli/completion/script.js';
import { alstm, alstmHere } from './run-cli.js';

/** What is offered for the last word, and whether files are. */
async function offered(...words: string[]): Promise<{ values: string[]; files: boolean }> {
  const { status, stdout } = await alstmHere(['complete', '--', ...words]);
  expect(status).toBe(0);
  const lines = stdout.split('\n').slice(0, -1);
  const directive = lines.pop();
  expect(directive).toMatch(/^:[04]$/);
  return { values: lines.map((line) => line.split('\t')[0] ?? ''), files: directive === ':0' };
}

describe('what a word may become', () => {
  test.each<[string[], string[], boolean]>([
    [['tra'], ['train'], false],
    [['ex'], ['experiment', 'export'], false],
    [['open', ''], ['page', 'report'], false],
    [['train', '--uni'], ['--units', '--unidirectional'], false],
    [['doctor', '--ad'], ['--adapter'], false],
    [['train', '--cell', 'l'], ['lstm'], false],
    [['--adapter', 'l'], ['lavapipe'], false],
    [
      ['train', '--corpus', 'nemo,emo'],
      ['nemo,emodb', 'nemo,emotale', 'nemo,emovo', 'nemo,emozionalmente'],
      false,
    ],
    [['bench', 'k'], ['kernels'], false],
    [['bench', 'p'], ['pipeline'], false],
    [['corpus', 'ra'], ['ravdess'], false],
    [['completion', ''], ['bash', 'zsh', 'fish', 'powershell'], false],
    [['corpus', 'nemo', ''], [], true],
    [['predict', ''], [], true],
    [['predict', 'voices-4', 'a.wav', ''], [], true],
    [['train', '--out', ''], [], true],
    [['train', '--json', '--config', 'a'], [], true],
    [['train', '--epochs', ''], [], false],
    [['enrol', 'a'], [], false],
    [['enrol', 'ann', ''], [], true],
    [['nowhere', 'x'], [], false],
  ])('%j', async (words, values, files) => {
    expect(await offered(...words)).toEqual({ values, files });
  });

  test('all commands but the hidden one come first', async () => {
    const { values } = await offered('');
    expect(values).toContain('train');
    expect(values).not.toContain('complete');
  });
});

test.each(shells)('the script for %s says how to install it', async (shell) => {
  const { status, stdout } = await alstmHere(['completion', shell]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/alstm.* complete|complete.* alstm/);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^# To install: .*alstm completion /);
});

test('bash completes with it, also where it is loaded twice', async () => {
  const { stdout: script } = await alstm(['completion', 'bash']);
  // What the package bash-completion does, for words without = and :.
  const words = `_get_comp_words_by_ref() {
    cword=$COMP_CWORD; cur=\${COMP_WORDS[cword]}; words=("\${COMP_WORDS[@]}"); }
    compopt() { :; }`;
  const cli = resolve('dist', 'cli', 'main.js');
  const ask = `alstm() { "${process.execPath}" "${cli}" "$@"; }
    COMP_WORDS=(alstm train --cell a-l); COMP_CWORD=3; __alstm_complete; echo "\${COMPREPLY[@]}"
    COMP_WORDS=(alstm experiment ''); COMP_CWORD=2; __alstm_complete; echo "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', [
    '-c',
    [words, script, script, ask].join('\n'),
  ]);
  expect({ stdout, stderr }).toEqual({ stdout: 'a-lstm\ncollect\n', stderr: '' });
});
