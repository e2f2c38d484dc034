/**
 * As much of WebAssembly's binary format as a numeric kernel needs: functions without arguments that load, compute
 * and store pairs of float64 (f64x2 of the fixed-width SIMD instructions) at addresses in one memory.
 */

/** Instructions that leave a value on the stack: a pair of float64, or an address. */
export type Pair = readonly number[];
export type Address = readonly number[];

const SIMD = 0xfd;
const V128 = 0x7b;
const I32 = 0x7f;

export const add = (a: Pair, b: Pair): Pair => [...a, ...b, SIMD, 0xf0, 0x01];
export const sub = (a: Pair, b: Pair): Pair => [...a, ...b, SIMD, 0xf1, 0x01];
export const mul = (a: Pair, b: Pair): Pair => [...a, ...b, SIMD, 0xf2, 0x01];

/** (x, y), constant. */
export function pair(x: number, y: number): Pair {
  return [SIMD, 0x0c, ...new Uint8Array(Float64Array.of(x, y).buffer)];
}

/** Two of the four numbers (a0, a1, b0, b1). */
export function pick(a: Pair, b: Pair, first: number, second: number): Pair {
  const bytes = [first, second].flatMap((at) => Array.from({ length: 8 }, (_, i) => 8 * at + i));
  return [...a, ...b, SIMD, 0x0d, ...bytes];
}

/** Changes the sign of the second number. */
export const conjugate = (a: Pair): Pair => [...a, ...pair(0, -0), SIMD, 0x51];
/** -i (x + i y) = y - i x */
export const timesMinusI = (a: Pair): Pair => conjugate(pick(a, a, 1, 0));

/** The pair at an address plus a constant; addresses are multiples of 16. */
export const load = (at: Address, offset: number): Pair => [...at, SIMD, 0x00, 4, ...leb(offset)];

/** A function's body, written from the top down. */
export class Body {
  private readonly code: number[] = [];
  private pairs = 0;
  private addresses = 0;

  /** @param addressCount how many addresses it keeps */
  constructor(private readonly addressCount: number) {}

  /** Keeps a value, for use more than once. */
  keep(value: Pair): Pair {
    const at = this.addressCount + this.pairs++;
    this.code.push(...value, 0x21, ...leb(at));
    return [0x20, ...leb(at)];
  }

  /** A new address, which is 0 until `set` or `advance`. */
  address(): Address {
    return [0x20, ...leb(this.addresses++)];
  }

  /** `to = from + bytes` */
  set(to: Address, from: Address, bytes: number): void {
    this.code.push(...from, 0x41, ...signedLeb(bytes), 0x6a, 0x21, ...to.slice(1));
  }

  reset(to: Address): void {
    this.code.push(0x41, 0, 0x21, ...to.slice(1));
  }

  store(at: Address, offset: number, value: Pair): void {
    this.code.push(...at, ...value, SIMD, 0x0b, 4, ...leb(offset));
  }

  /** Stores one number of a pair, the first (0) or the second (1). */
  storeHalf(at: Address, offset: number, value: Pair, half: 0 | 1): void {
    this.code.push(...at, ...value, SIMD, 0x5b, 3, ...leb(offset), half);
  }

  /** Repeats `write`'s instructions while `at` is below an address or a constant; at least once. */
  repeatWhileBelow(at: Address, end: Address | number, write: () => void): void {
    this.code.push(0x03, 0x40);
    write();
    const limit = typeof end === 'number' ? [0x41, ...signedLeb(end)] : end;
    this.code.push(...at, ...limit, 0x49, 0x0d, 0, 0x0b);
  }

  call(fn: number): void {
    this.code.push(0x10, ...leb(fn));
  }

  bytes(): number[] {
    const locals = [2, ...leb(this.addressCount), I32, ...leb(this.pairs), V128];
    return sized([...locals, ...this.code, 0x0b]);
  }
}

/** A module that imports its memory as `host.memory` and exports the functions by name. */
export function moduleOf(functions: Readonly<Record<string, Body>>): Uint8Array<ArrayBuffer> {
  const names = Object.keys(functions);
  const section = (id: number, content: number[]): number[] => [id, ...sized(content)];
  const list = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, 0, 0]])), // one type: no arguments, no results
    ...section(2, list([[...text('host'), ...text('memory'), 2, 0, 1]])),
    ...section(3, list(names.map(() => [0]))),
    ...section(7, list(names.map((name, i) => [...text(name), 0, ...leb(i)]))),
    ...section(10, list(Object.values(functions).map((body) => body.bytes()))),
  ]);
}

const sized = (bytes: number[]): number[] => [...leb(bytes.length), ...bytes];
const text = (name: string): number[] => sized([...new TextEncoder().encode(name)]);

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** Signed LEB128. */
function signedLeb(value: number): number[] {
  if (value >= -0x40 && value < 0x40) return [value & 0x7f];
  return [(value & 0x7f) | 0x80, ...signedLeb(value >> 7)];
}
