import { AudioError } from '../../core/errors.js';

/**
 * The samples in float64 without their mean: their level is kept.
 *
 * @param samples [N], at least one
 * @param name name of the samples, for errors
 * @throws AudioError for NaN and infinities
 */
export function centred(samples: Float32Array, name: string): Float64Array {
  const mean = finiteMean(samples, name);
  const signal = new Float64Array(samples.length);
  for (let n = 0; n < signal.length; n++) signal[n] = samples[n]! - mean;
  return signal;
}

/**
 * The mean of samples, all of which are finite.
 *
 * @throws AudioError for NaN and infinities
 */
export function finiteMean(samples: Float32Array, name: string): number {
  let mean = 0;
  for (let n = 0; n < samples.length; n++) mean += samples[n]!;
  mean /= samples.length;
  if (!Number.isFinite(mean)) {
    const at = samples.findIndex((x) => !Number.isFinite(x));
    throw new AudioError(
      `${name}: sample ${at} is ${samples[at]}, not a finite number`,
      'Record it again, or export it as 16-bit PCM.',
    );
  }
  return mean;
}
