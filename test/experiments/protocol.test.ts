import { describe, expect, it } from 'vitest';
import { cellSettings, parseProtocol, protocolHash } from '../../src/experiments/protocol.js';

const json = {
  format: 'alstm-protocol-1',
  name: 'a comparison',
  corpus: { format: 'iemocap', merge: { exc: 'hap' }, minSeconds: 0.5, style: 'improvised' },
  split: { kind: 'random-pair', draws: 3, seed: 1 },
  settings: { model: { recurrent: { units: 8 } }, training: { epochs: 4 } },
  heads: { hidden: 16, classWeights: 'balanced' },
  cells: [
    { name: 'LSTM', settings: { model: { recurrent: { cell: 'lstm' } } } },
    { name: 'A-LSTM', settings: { model: { recurrent: { cell: 'a-lstm', period: 1 } } } },
  ],
  seeds: [0, 1],
};

describe('a protocol', () => {
  it('is what its file says', () => {
    expect(parseProtocol(json, 'p.json')).toEqual(json);
  });

  it('adds what a cell says to the settings of all', () => {
    const protocol = parseProtocol(json, 'p.json');
    expect(cellSettings(protocol, protocol.cells[1]!)).toMatchObject({
      model: { recurrent: { cell: 'a-lstm', units: 8, period: 1 } },
      training: { epochs: 4 },
    });
  });

  it('has a hash of what it says, not of its layout', async () => {
    const { name, seeds, ...rest } = json;
    const turned = parseProtocol({ seeds, ...rest, name }, 'p.json');
    const hash = await protocolHash(parseProtocol(json, 'p.json'));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await protocolHash(turned)).toBe(hash);
    expect(await protocolHash(parseProtocol({ ...json, seeds: [1, 0] }, 'p'))).not.toBe(hash);
  });

  it.each<[string, object, string]>([
    ['another format', { format: 'alstm-run-1' }, 'p.json: format "alstm-run-1", want'],
    [
      'a permission',
      { corpus: { format: 'manifest', allowOutside: true } },
      'corpus: unknown key "allowOutside"',
    ],
    ['an unknown key', { fold: 3 }, 'p.json: unknown key "fold"'],
    [
      'an unknown corpus',
      { corpus: { format: 'x' } },
      'p.json: corpus.format is "x", expected one of',
    ],
    ['an unknown split', { split: { kind: 'halves' } }, 'p.json: split'],
    ['a split without its numbers', { split: { kind: 'speaker-folds', seed: 0 } }, 'split.folds'],
    ['no cell', { cells: [] }, 'p.json: cells is empty'],
    ['no seed', { seeds: [] }, 'p.json: seeds is empty'],
    ['a seed twice', { seeds: [1, 1] }, 'duplicate seed 1'],
    [
      'cells of one name',
      { cells: [{ name: 'a b' }, { name: 'a/b' }] },
      'two cells are called a-b',
    ],
    [
      'settings that cannot be',
      { settings: { training: { epochs: 0 } } },
      'settings: training.epochs is 0',
    ],
    [
      'a cell that cannot be',
      { cells: [{ name: 'G', settings: { model: { recurrent: { cell: 'rnn' } } } }] },
      'cell G: model.recurrent.cell is "rnn"',
    ],
    [
      'an svm with layers',
      { cells: [{ name: 'svm', svm: {}, settings: { model: {} } }] },
      'is an svm',
    ],
    ['an svm without a cost', { cells: [{ name: 'svm', svm: { c: 0 } }] }, 'svm.c is 0'],
    ['weights that are no numbers', { heads: { classWeights: 'even' } }, 'heads.classWeights'],
  ])('is refused for %s', (_, change, message) => {
    expect(() => parseProtocol({ ...json, ...change }, 'p.json')).toThrow(message);
  });
});
