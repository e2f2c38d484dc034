import type { Random } from '../core/random.js';
import type { Sound } from './speech.js';

/** Effective value of the room's noise: some 35 dB below speech of usual loudness. */
const noiseLevel = 0.0012;
/** Speech as it leaves the synthesiser would fill the range; this leaves room for loud voices. */
const gain = 0.7;

/**
 * A voice as a microphone in a room takes it: with silence around it and noise of a level that does
 * not depend on the voice. The noise is what keeps loudness audible after a recording is scaled to
 * its largest magnitude: it stays further below a loud voice than below a soft one.
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
