import { expect, it } from 'vitest';
import { hashOf, placeOf } from '../../src/web/address/place.js';

it.each([
  ['', { part: '' }],
  ['#', { part: '' }],
  ['#look', { part: 'look' }],
  ['#listen?model=voices-6', { part: 'listen', model: 'voices-6' }],
  ['#listen?model=', { part: 'listen' }],
  ['#listen?other=1&model=a%20b', { part: 'listen', model: 'a b' }],
  ['#?model=voices-6', { part: '', model: 'voices-6' }],
  ['#a%20b', { part: 'a b' }],
  ['#50%', { part: '50%' }], // no encoding: as it stands
])('reads %s', (hash, place) => expect(placeOf(hash)).toEqual(place));

it.each([
  [{ part: 'look' }, '#look'],
  [{ part: 'listen', model: 'voices-6' }, '#listen?model=voices-6'],
  [{ part: 'train', model: 'a & b' }, '#train?model=a+%26+b'],
])('writes %o, and reads it again', (place, hash) => {
  expect(hashOf(place)).toBe(hash);
  expect(placeOf(hash)).toEqual(place);
});
