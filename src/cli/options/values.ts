/** Parsers for option values; each throws an error that Commander prints as a usage error. */
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { pairs } from './lists.js';

/** An integer; `most` is optional. */
export function integerFrom(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const known = /^\d+$/.test(text) && Number.isSafeInteger(value);
    if (known && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give an integer ${rangeText(least, most)}.`);
  };
}

/** A finite number; `most` is optional. */
export function numberFrom(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const known = text.trim() !== '' && Number.isFinite(value);
    if (known && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a number ${rangeText(least, most)}.`);
  };
}

function rangeText(least: number, most: number): string {
  return most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
}

/** A number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Give a number above 0.');
}

/** A share from 0 to below 1. */
export function shareBelowOne(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('Give a number from 0 to below 1.');
}

/** Steps of a warm-up, or their share of all steps: `500`, `8%`. */
export function stepsOrShare(text: string): { warmup: number; warmupShare: number } {
  if (/^\d+$/.test(text)) return { warmup: integerFrom(0)(text), warmupShare: 0 };
  const share = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (share !== undefined && Number(share) <= 100) {
    return { warmup: 0, warmupShare: Number(share) / 100 };
  }
  throw new InvalidArgumentError('Give steps, such as 500, or a share of all, such as 8%.');
}

/** Tasks and their numbers of classes: `emotion=4,speaker=8`. */
export function classCounts(text: string): Record<string, number> {
  const found = pairs(
    text,
    'Give tasks and their numbers of classes, such as emotion=4,speaker=8.',
  );
  return Object.fromEntries(Array.from(found, ([task, count]) => [task, integerFrom(1)(count)]));
}

const byteUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** Bytes: `536870912`, `512MiB`, `1.5GB`. */
export function bytes(text: string): number {
  const [, count = '', unit = 'b'] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*$/i.exec(text) ?? [];
  const value = Math.floor(Number(count) * (byteUnits[unit.toLowerCase()] ?? NaN));
  if (count !== '' && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Give a size such as 512MiB or 2GB.');
}

/** A path in the form that Files uses, with `/`. */
export function path(text: string): string {
  if (text === '') throw new InvalidArgumentError('Give a path.');
  return process.platform === 'win32' ? text.replaceAll('\\', '/') : text;
}

/** The absolute form of a path. */
export function absolute(from: string): string {
  return path(resolve(from));
}

/** The paths of a command's last argument, which may be repeated. */
export function paths(text: string, before: readonly string[] = []): string[] {
  return [...before, path(text)];
}
