import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AlstmError } from '../../src/core/errors.js';
import { addResult } from '../support/results.js';
import { largestAllocation } from './allocations.js';

/** Inputs a format; `npm run test:long` sets more. */
const runs = Number(process.env['ALSTM_FUZZ_RUNS'] ?? 200);
/** The same inputs every time, unless told another; a failure prints it. */
const seed = Number(process.env['ALSTM_FUZZ_SEED'] ?? 20180415);
/** Of one input: generous, since the machine may be busy. What hangs takes minutes. */
const MOST_MILLISECONDS = 5000;
/** It may name a path, of whatever length a table has it. */
const LONGEST_MESSAGE = 25_000;

export interface Limits {
  /** Most bytes that a reader may ask for at once, given the size of what it reads. */
  readonly allocation?: (inputBytes: number) => number;
}

const usual = (bytes: number): number => 2 ** 20 + 16 * bytes;

/**
 * A test: a reader takes each of many made inputs or refuses it by one of the package's own errors, in one
 * line, soon, without asking for more memory than the input justifies and without touching what all
 * objects inherit.
 *
 * @param read as a caller would; it may make assertions of its own, and returns the bytes of its input
 */
export function fuzz<T>(
  format: string,
  inputs: fc.Arbitrary<T>,
  toBytes: (input: T) => Uint8Array,
  read: (bytes: Uint8Array) => unknown,
  { allocation = usual }: Limits = {},
): void {
  it(`${format}: any input is read or refused`, { timeout: 3_600_000 }, async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const bytes = toBytes(input);
        const start = performance.now();
        const largest = await largestAllocation(async () => {
          if (await isRefused(() => read(bytes))) refused++;
        });
        expect(performance.now() - start, 'milliseconds').toBeLessThan(MOST_MILLISECONDS);
        expect(largest, 'bytes asked for').toBeLessThanOrEqual(allocation(bytes.length));
        expect('polluted' in {}, 'every object has a new property').toBe(false);
      }),
      { numRuns: runs, seed },
    );
    // Else the inputs never get past the first checks, or never to one.
    expect(refused / runs).toBeGreaterThan(0.05);
    expect(refused / runs).toBeLessThan(0.99);
    addResult('fuzz', { format, inputs: runs, refused, seed });
  });
}

async function isRefused(read: () => unknown): Promise<boolean> {
  try {
    await read();
    return false;
  } catch (error) {
    if (!(error instanceof AlstmError)) throw error;
    expect(error.message).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(error.message.length).toBeLessThanOrEqual(LONGEST_MESSAGE);
    return true;
  }
}
