import { resample } from '../audio/resample.js';

export { speedBounds } from '../core/choices.js';

/**
 * Samples played `speed` times as fast: duration and pitch change together, as by sox's `speed` effect and in
 * Kaldi's three-way speed perturbation (Ko et al., *Audio augmentation for speech recognition*, Interspeech
 * 2015). They are resampled as if they had been recorded at `speed` times their rate, rounded to whole Hz.
 *
 * @param samples mono at `rate`, [N]
 * @param rate in Hz
 * @param name name of the samples, for errors
 * @returns about N / speed samples at `rate`; `samples` itself at speed 1
 * @throws AudioError for a speed that the resampler does not support
 */
export function faster(
  samples: Float32Array,
  rate: number,
  speed: number,
  name: string,
): Promise<Float32Array> {
  if (speed === 1) return Promise.resolve(samples);
  return resample(samples, Math.round(rate * speed), rate, name);
}
