import { resample } from '../../audio/resample.js';
import type { Condition } from './condition.js';
import { filtered } from './spectrum.js';

/** Hz: the rate of a telephone line, and its band. */
const RATE = 8000;
const BAND = { from: 300, to: 3400 };
/** Hz over which the band ends, by half a period of a cosine. */
const EDGE = 100;
/** Of the companding law. */
const MU = 255;
const STEPS = 128;

/**
 * A telephone line: 300 to 3400 Hz, 8 kHz, eight bits a sample by the mu-law (ITU-T G.711, its continuous form).
 */
export const telephone: Condition = {
  title: 'a telephone line',
  apply: async (samples, rate) => {
    const narrow = await resample(samples, rate, RATE, 'a recording');
    const band = filtered(narrow, 0, ({ re, im }, k, length) => {
      const f = (k * RATE) / length;
      const share = rise((f - BAND.from) / EDGE) * rise((BAND.to - f) / EDGE);
      re[k]! *= share;
      im[k]! *= share;
    });
    const most = band.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);
    const scale = most > 0 ? 1 / most : 0;
    const wide = await resample(
      band.map((x) => companded(x * scale) * most),
      RATE,
      rate,
      'a recording',
    );
    const whole = new Float32Array(samples.length); // resampling rounds the length
    whole.set(wide.subarray(0, samples.length));
    return whole;
  },
};

/** From 0 at -1/2 to 1 at 1/2. */
function rise(x: number): number {
  if (x <= -0.5) return 0;
  return x >= 0.5 ? 1 : 0.5 + 0.5 * Math.sin(Math.PI * x);
}

/** A sample of -1 to 1 in eight bits and back. */
function companded(x: number): number {
  const share = Math.log1p(MU * Math.abs(x)) / Math.log1p(MU);
  const step = Math.min(Math.floor(share * STEPS), STEPS - 1) + 0.5;
  return (Math.sign(x) * Math.expm1((step / STEPS) * Math.log1p(MU))) / MU;
}
