import { expect, it } from 'vitest';
import { modelTitle, termsText } from '../../src/model/voices.js';

it('says that a model is not for commercial use, and no such thing of others', () => {
  expect(termsText('MIT')).toBe('MIT');
  expect(termsText('CC-BY-NC-SA-4.0')).toBe('non-commercial: CC BY-NC-SA 4.0');
  expect(termsText(undefined)).toBe('no licence stated');
});

it('tells of a model what its configuration says: labels of every task, and terms', () => {
  const labels = { emotion: ['anger', 'joy'], gender: ['f', 'm'] };
  expect(modelTitle('mine', { labels, license: 'CC-BY-4.0' })).toBe(
    'mine: anger, joy; f, m (CC BY 4.0)',
  );
});
