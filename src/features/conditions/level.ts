import { type Condition, uniform } from './condition.js';

/** dB of the peak below full scale. */
const PEAK = { from: -40, to: 0 };
const FULL = 32768;

/** Another recording level: the peak at -40 to 0 dB of full scale, in 16 bits. */
export const level: Condition = {
  title: 'another level',
  apply: (samples, _rate, random) => {
    const wanted = 10 ** (uniform(random, PEAK.from, PEAK.to) / 20);
    const most = samples.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);
    const scale = most > 0 ? wanted / most : 0;
    return samples.map((x) => Math.round(Math.max(-1, x * scale) * (FULL - 1)) / FULL);
  },
};
