import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { functionalCount, functionalsOf } from '../../src/features/functionals.js';

interface Case {
  readonly name: string;
  readonly shape: readonly [T: number, F: number];
  readonly frames: readonly number[];
  readonly expected: readonly number[];
}

const fixture = new URL('../fixtures/statistics/functionals.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: readonly Case[] };

describe('functionalsOf', () => {
  it.each(cases)('is as NumPy has it: $name', ({ shape: [, F], frames, expected }) => {
    const got = functionalsOf(Float64Array.from(frames), F);
    expect(got).toHaveLength(functionalCount(F));
    expect(got).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      const error = Math.abs((got[i] ?? NaN) - value);
      expect(error, `value ${i}`).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
    });
  });

  it('leaves the frames as they are', () => {
    const frames = Float32Array.of(3, 1, 2, 0);
    functionalsOf(frames, 1);
    expect([...frames]).toEqual([3, 1, 2, 0]);
  });

  it('refuses what is not whole frames', () => {
    expect(() => functionalsOf(new Float32Array(0), 2)).toThrow(RangeError);
    expect(() => functionalsOf(new Float32Array(5), 2)).toThrow('5 values are not frames of 2');
  });
});
