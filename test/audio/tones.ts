import { readFileSync } from 'node:fs';

/** The signal of `fixtures/make_fixtures.py`, the mean of its channels. */
export function tones(rate: number, seconds: number, channels = 1): Float64Array {
  return Float64Array.from({ length: Math.round(rate * seconds) }, (_, n) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += channelAt(n / rate, c);
    return sum / channels;
  });
}

function channelAt(t: number, channel: number): number {
  const low = 300 + 100 * channel;
  return 0.4 * Math.sin(2 * Math.PI * low * t) + 0.2 * Math.sin(2 * Math.PI * 1234 * t);
}

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

/** Power of the signal over power of the error, in decibels. */
export function signalToNoise(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < expected.length; i++) {
    signal += expected[i]! ** 2;
    noise += (got[i]! - expected[i]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}
