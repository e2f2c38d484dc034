import { type Condition, powerOf, uniform } from './condition.js';
import { filtered } from './spectrum.js';

/** dB of the recording above the noise. */
const RATIO = { from: 10, to: 20 };
/** Power falls as 1 / f^slope: white, pink as of traffic and fans, brown as of wind. */
const SLOPE = { from: 0, to: 2 };
/** Hz; below, the noise is as strong as there. */
const LOWEST = 50;

/** Steady noise behind the voice, 10 to 20 dB below its mean power, of a colour between white and brown. */
export const noise: Condition = {
  title: 'noise',
  apply: (samples, rate, random) => {
    const slope = uniform(random, SLOPE.from, SLOPE.to);
    const ratio = 10 ** (uniform(random, RATIO.from, RATIO.to) / 10);
    const white = Float32Array.from(samples, () => random.normal());
    const coloured = filtered(white, 0, ({ re, im }, k, length) => {
      const share = Math.max((k * rate) / length, LOWEST) ** (-slope / 2);
      re[k]! *= share;
      im[k]! *= share;
    });
    const scale = Math.sqrt(powerOf(samples) / (ratio * powerOf(coloured)));
    return samples.map((x, n) => x + scale * coloured[n]!);
  },
};
