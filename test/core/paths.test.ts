import { posix } from 'node:path';
import { expect, it } from 'vitest';
import {
  isAbsolutePath,
  isInside,
  joinPath,
  normalisePath,
  parentFolder,
  relativePath,
} from '../../src/core/paths.js';

const samples = [
  'a',
  'a/b',
  './a//b/',
  '/',
  '/a/../..',
  '../x',
  '../../a/../b',
  '.',
  '/a/b/c',
  'a/..',
];

it('normalises, joins and finds parents as Node does', () => {
  for (const path of samples) {
    const expected = posix.normalize(path).replace(/(.)\/$/, '$1');
    expect(normalisePath(path), path).toBe(expected);
    expect(joinPath('/base/folder', path)).toBe(
      posix.resolve('/base/folder', path).replace(/(.)\/$/, '$1'),
    );
  }
  expect(parentFolder('a/b.wav')).toBe('a');
  expect(parentFolder('b.wav')).toBe('.');
  expect(parentFolder('/b.wav')).toBe('/');
  expect(parentFolder('..')).toBe('../..');
  expect(normalisePath('')).toBe('.');
});

it('finds the way that joinPath goes back', () => {
  for (const folder of ['/', '/a', '/a/b/d', '/x/y']) {
    for (const path of ['/a/b/c', '/a', '/z.wav']) {
      const way = relativePath(folder, path);
      expect(way).toBe(posix.relative(folder, path) || '.');
      expect(joinPath(folder, way)).toBe(path);
    }
  }
  expect(relativePath('.', 'data/x.wav')).toBe('data/x.wav');
  expect(relativePath('out', 'data/x.wav')).toBe('../data/x.wav');
  expect(relativePath('../out', '../data/x.wav')).toBe('../data/x.wav');
  expect(relativePath('out', '/data/x.wav')).toBe('/data/x.wav');
});

it('refuses a way that depends on the current folder', () => {
  expect(() => relativePath('../out', 'data/x.wav')).toThrow(
    'the path from ../out to data/x.wav is unknown',
  );
  expect(() => relativePath('/out', 'data/x.wav')).toThrow(
    'the path from /out to data/x.wav is unknown',
  );
});

it('knows Windows drives', () => {
  expect(isAbsolutePath('C:/x')).toBe(true);
  expect(isAbsolutePath('c')).toBe(false);
  expect(normalisePath('C:/a/../../b')).toBe('C:/b');
  expect(joinPath('C:/a', 'b.wav')).toBe('C:/a/b.wav');
  expect(joinPath('data', 'D:/b.wav')).toBe('D:/b.wav');
  expect(relativePath('C:/a', 'C:/b/c.wav')).toBe('../b/c.wav');
  expect(relativePath('C:/a', 'D:/b/c.wav')).toBe('D:/b/c.wav');
});

it('knows what lies in a folder', () => {
  for (const [folder, path] of [
    ['.', 'a.wav'],
    ['a', 'a/b/../c.wav'],
    ['/', '/x'],
    ['/a/b', '/a/b/c/d'],
    ['../a', '../a/x'],
    ['C:/a', 'C:/a/x'],
  ] as const) {
    expect(isInside(folder, path), `${path} in ${folder}`).toBe(true);
  }
  for (const [folder, path] of [
    ['.', '../a.wav'],
    ['.', '/a.wav'],
    ['a', 'ab/c.wav'],
    ['a', 'a/../../x'],
    ['/a', 'a/x'],
    ['/a/b', '/a/bc'],
    ['..', '../../x'],
    ['C:/a', 'D:/a/x'],
  ] as const) {
    expect(isInside(folder, path), `${path} in ${folder}`).toBe(false);
  }
});
