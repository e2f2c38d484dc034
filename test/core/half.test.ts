import { describe, expect, it } from 'vitest';
import { halfToNumber, numberToHalf } from '../../src/core/half.js';

describe('halves', () => {
  it('are the bits they came from, all of them', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const x = halfToNumber(bits);
      expect(Number.isNaN(x) ? 0x7e00 : bits).toBe(numberToHalf(x));
    }
  });

  it('are the nearest, and the even one of two as near', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [halfToNumber(bits), halfToNumber(bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      expect(numberToHalf(middle)).toBe(even);
      expect(numberToHalf(-middle)).toBe(0x8000 | even);
      expect(numberToHalf(middle - (high - low) / 64)).toBe(bits);
      expect(numberToHalf(middle + (high - low) / 64)).toBe(bits + 1);
    }
  });

  it('end at 65504: what rounds beyond is infinite', () => {
    expect(numberToHalf(65519.9)).toBe(0x7bff);
    expect(numberToHalf(65520)).toBe(0x7c00);
    expect(numberToHalf(-1e300)).toBe(0xfc00);
    expect(numberToHalf(1e-300)).toBe(0);
    expect(numberToHalf(-1e-300)).toBe(0x8000);
  });
});
