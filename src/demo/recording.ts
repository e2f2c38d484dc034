import type { Random } from '../core/random.js';
import type { Sound } from './speech.js';

/** RMS of the room's noise: about 35 dB below speech of usual loudness. */
const noiseLevel = 0.0012;
/** The synthesiser's output would fill the range; this leaves headroom for loud voices. */
const gain = 0.7;

/**
 * A voice recorded by a microphone in a room: with silence around it and noise at a level that does
 * not depend on the voice. The noise preserves loudness after a recording is scaled to
 * its largest magnitude: it is further below a loud voice than below a soft one.
 */
export function recorded({ samples, rate }: Sound, random: Random): Sound {
  const before = Math.round(rate * (0.05 + 0.1 * random.next()));
  const after = Math.round(rate * (0.05 + 0.1 * random.next()));
  const level = noiseLevel * Math.exp(0.25 * random.normal());
  const result = new Float32Array(before + samples.length + after);
  for (let i = 0; i < result.length; i++) {
    result[i] = gain * (samples[i - before] ?? 0) + level * random.normal();
  }
  return { samples: result, rate };
}
