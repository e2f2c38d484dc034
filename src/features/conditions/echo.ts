import { type Condition, powerOf, uniform } from './condition.js';
import { filtered, spectrumOf } from './spectrum.js';

/** Seconds until an echo has decayed by 60 dB: from a furnished room to a hall. */
const DECAY = { from: 0.2, to: 0.8 };
/** dB of the direct sound above the echo: from across a room to close by. */
const DIRECT = { from: -3, to: 9 };
/** Seconds from the direct sound to the first echo. */
const DELAY = { from: 0.002, to: 0.02 };
/** The response is cut off where it is so many dB down. */
const CUT_DB = 60;

/**
 * A room: the direct sound, then noise that decays exponentially (Polack's model of late reverberation: *La transmission
 * de l'énergie sonore dans les salles*, 1988), for a response of at most 0.8 s.
 */
export const echo: Condition = {
  title: 'an echo',
  apply: (samples, rate, random) => {
    const decay = uniform(random, DECAY.from, DECAY.to);
    const direct = 10 ** (uniform(random, DIRECT.from, DIRECT.to) / 10);
    const start = Math.round(uniform(random, DELAY.from, DELAY.to) * rate);
    const length = start + Math.round(decay * rate);
    const response = new Float64Array(length);
    for (let n = start; n < length; n++) {
      const down = (CUT_DB * (n - start)) / (decay * rate);
      response[n] = random.normal() * 10 ** (-down / 20);
    }
    const energy = powerOf(response) * length;
    const scale = 1 / Math.sqrt(energy * direct);
    for (let n = start; n < length; n++) response[n]! *= scale;
    response[0] = 1;
    let of: ReturnType<typeof spectrumOf> | undefined;
    return filtered(samples, length, ({ re, im }, k, size) => {
      const own = (of ??= spectrumOf(response, size));
      const [a, b, c, d] = [re[k]!, im[k]!, own.re[k]!, own.im[k]!];
      re[k] = a * c - b * d;
      im[k] = a * d + b * c;
    });
  },
};
