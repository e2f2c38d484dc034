/**
 * Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: *Parallel
 * random numbers: as easy as 1, 2, 3*, SC 2011). The n-th number is a function of key and n alone,
 * so that streams need no order and the shaders draw the same bits.
 */
import { UsageError } from './errors.js';

/** Rotations of the rounds, in groups of four that alternate (Random123, N = 2, W = 32). */
const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
  [13, 15, 26, 6],
  [17, 29, 16, 24],
  [13, 15, 26, 6],
] as const;
/** Skein's key schedule parity. */
const parity = 0x1bd11bda;
const words = 2 ** 32;

/**
 * One block: 64 random bits of a 64-bit key and a 64-bit counter, each as two words of 32 bits (only
 * the low 32 bits of each argument count).
 */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): [number, number] {
  // The three key words take turns: after group g of rounds, words g + 1 and g + 2 are added.
  let [a, b, c] = [key0, key1, parity ^ key0 ^ key1];
  let x0 = (counter0 + a) | 0;
  let x1 = (counter1 + b) | 0;
  let injection = 1;
  for (const group of rotations) {
    for (const r of group) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    [a, b, c] = [b, c, a];
    x0 = (x0 + a) | 0;
    x1 = (x1 + b + injection++) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** The full state of a generator: restored from it, a generator continues with the same numbers. */
export interface RandomState {
  readonly seed: number;
  readonly stream: string;
  /** Words of 32 bits drawn so far. */
  readonly counter: number;
}

/** A stream of random numbers. Streams of one seed with different names are independent. */
export class Random {
  readonly seed: number;
  readonly stream: string;
  private readonly key: readonly [number, number];
  private counter: number;
  private block: readonly [number, number] = [0, 0];

  /**
   * @param seed an integer from 0 to 2^53 - 1
   * @param stream what the numbers are for, such as `shuffle/3`
   * @param counter words already drawn
   * @throws UsageError for an invalid seed or counter
   */
  constructor(seed: number, stream: string, counter = 0) {
    if (!isCount(seed)) throw badNumber('seed', seed);
    if (!isCount(counter)) throw badNumber('random counter', counter);
    this.seed = seed;
    this.stream = stream;
    this.counter = counter;
    // The stream's key is a block of the seed's, so keys of neighbouring seeds are unrelated.
    const name = new TextEncoder().encode(stream);
    this.key = threefry2x32(seed % words, Math.floor(seed / words), fnv1a(name), name.length);
    if (counter % 2 === 1) this.block = this.blockAt(counter - 1);
  }

  static restore({ seed, stream, counter }: RandomState): Random {
    return new Random(seed, stream, counter);
  }

  state(): RandomState {
    return { seed: this.seed, stream: this.stream, counter: this.counter };
  }

  /** The next 32 bits, as an integer from 0 to 2^32 - 1. */
  word(): number {
    const second = this.counter % 2 === 1;
    if (!second) this.block = this.blockAt(this.counter);
    this.counter++;
    return this.block[second ? 1 : 0];
  }

  /** Uniform in [0, 1): a multiple of 2^-32. */
  next(): number {
    return this.word() / words;
  }

  /** Standard normal, by Box and Muller (1958); takes two words. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.word() + 1) / words));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /**
   * Uniform among 0 to n - 1, without bias: words in the incomplete last run of n are drawn again.
   *
   * @param n an integer from 1 to 2^32
   */
  integer(n: number): number {
    if (!isCount(n) || n < 1 || n > words) {
      throw new UsageError(`cannot draw one of ${n} numbers`, 'Give an integer from 1 to 2^32.');
    }
    const limit = words - (words % n);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  /** A copy in random order (Fisher and Yates), each order as likely as another. */
  shuffle<T>(values: Iterable<T>): T[] {
    const result = [...values];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  /** The block that holds the word at an even counter. */
  private blockAt(counter: number): [number, number] {
    const index = counter / 2;
    return threefry2x32(this.key[0], this.key[1], index % words, Math.floor(index / words));
  }
}

/** Fowler, Noll and Vo's 32-bit hash, FNV-1a. */
function fnv1a(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function badNumber(what: string, value: number): UsageError {
  return new UsageError(`the ${what} ${value} is not valid`, 'Give an integer from 0 to 2^53 - 1.');
}
