import { describe, expect, test } from 'vitest';
import { didYouMeanPath } from '../../src/core/near-path.js';
import { nearest } from '../../src/core/suggest.js';
import { MemoryFiles } from '../support/memory-files.js';
import { alstmHere, errorOf } from './run-cli.js';

describe('what was probably meant', () => {
  test.each([
    [['trian'], "unknown command 'trian'. Did you mean train?"],
    [['help', 'trian'], "unknown command 'trian'. Did you mean train?"],
    [['experiment', 'colect', 'x'], "unknown command 'colect'. Did you mean collect?"],
    [['open', 'pgae'], "unknown command 'pgae'. Did you mean page?"],
    [['train', '--unit', '3'], "unknown option '--unit'. Did you mean --units?"],
    [['enrol', 'ann', 'a.wav', '--modle', 'm'], "unknown option '--modle'. Did you mean --model?"],
    [['train', '--cell', 'lsmt'], 'Did you mean lstm? Allowed choices are lstm, '],
    [['train', '--preset', 'tao'], 'Did you mean tao-liu-2018? Allowed choices are alstm, '],
    [
      ['train', '--features', 'voice65'],
      'Did you mean voice56? The sets that are known are prosody36, ',
    ],
    [
      ['train', '--features', 'voise20+delta'],
      'Did you mean voice20? The sets that are known are ',
    ],
    [['train', '--corpus', 'nmeo'], 'Did you mean nemo? Allowed choices are cremad, '],
    [['train', '--corpus', 'nemo,emobd'], 'Did you mean emodb? Allowed choices are cremad, '],
    [['train', '--log-format', 'csv,tensorbord'], 'Did you mean tensorboard? Allowed choices'],
    [['train', '--conditions', 'ehco'], 'Did you mean echo? Allowed choices'],
    [['experiment', '--cells', 'a-lsmt/1'], 'Did you mean a-lstm? Give svm, lstm, '],
    [['bench', 'kernals'], 'Did you mean kernels? Allowed choices are train-step, '],
    [['doctor', '--adapter', 'GPU'], 'Did you mean gpu? Allowed choices are gpu, '],
  ])('%j', async (args, message) => {
    const ended = await alstmHere(args);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 2, stdout: '' });
    expect(errorOf(ended).message).toContain(message);
    expect(errorOf(ended).hint).toMatch(/^See: alstm( \w+)? --help$/);
    expect(ended.stderr.split('\n')).toHaveLength(3); // the third is empty
  });

  // The names are mistyped on purpose.
  test.each([
    [['predict', 'voices-44', 'x.wav'], 'there is no voices-44', 'voices-4'],
    [['predict', 'voices-44'], 'voices-44 is neither a file nor a model', 'voices-4'],
    [['predict', 'speach.wav'], 'speach.wav is neither a file nor a model', 'speech.wav'],
    [['export', 'runs/frist', '--onnx', 'a.onnx'], 'there is no runs/frist', 'runs/first'],
    [['corpus', 'manifest', 'tabel.csv'], 'there is no tabel.csv', 'table.csv'],
  ])('%j', async (args, message, meant) => {
    const files = new MemoryFiles();
    for (const path of ['speech.flac', 'speech.wav', 'table.csv', 'runs/first/x']) {
      await files.write(path, 'x');
    }
    const shippedModels = () => Promise.resolve(new Map([['voices-4', 'v/voices-4']]));
    const ended = await alstmHere(args, { files: Object.assign(files, { shippedModels }) });
    expect(errorOf(ended).message).toBe(message);
    expect(errorOf(ended).hint).toMatch(new RegExp(`^Did you mean ${meant}\\? Give `));
  });

  test('for a format that the library does not know', async () => {
    const { hint } = errorOf(await alstmHere(['corpus', 'nmeo', '.']));
    expect(hint).toMatch(/^Did you mean nemo\? The formats are cremad, /);
  });
});

test('nothing is suggested for another word', () => {
  const names = ['lstm', 'gru', 'a-lstm'];
  expect(nearest('rnn', names)).toBeUndefined();
  expect(nearest('', names)).toBeUndefined();
  expect(nearest('transformer', names)).toBeUndefined();
  expect(nearest('LSTM', names)).toBe('lstm');
});

test('a short name of a file is not another one', async () => {
  const files = new MemoryFiles();
  await files.write('c/b.wav', 'x');
  expect(await didYouMeanPath(files, 'c/a.wav')).toBe('');
  expect(await didYouMeanPath(files, 'nowhere/b.wav')).toBe('');
  expect(await didYouMeanPath(files, 'c/b.flac')).toBe('Did you mean c/b.wav? ');
});
