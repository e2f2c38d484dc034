import { AudioError } from '../core/errors.js';
import { meanOf } from './mix.js';
import type { Piece } from './piece.js';
import { Resampler } from './resample.js';

/** Turns pieces into one channel with one rate, as they come. */
export class OneChannel {
  /** Length of the audio before the current rate; after `finish` of all of it. */
  seconds = 0;
  /** Channels; the maximum if they change. */
  channels = 0;
  /** In Hz; undefined until it is known. */
  rate: number | undefined;
  private samplesOfRate = 0;
  private resampler: Resampler | undefined;

  /** @param rate to resample to; default: that of the first piece */
  constructor(
    private readonly name: string,
    rate: number | undefined,
  ) {
    this.rate = rate;
  }

  /**
   * @returns the samples that are there so far, in parts
   * @throws AudioError for samples that are not finite, or a rate that cannot be resampled
   */
  push({ channels, rate }: Piece): Float32Array[] {
    const count = channels[0]?.length ?? 0;
    if (count === 0 || rate === 0) return [];
    const samples = meanOf(channels, count);
    this.rate ??= rate;
    const parts: Float32Array[] = [];
    let { resampler } = this;
    if (resampler?.from !== rate) {
      parts.push(...this.finish());
      resampler = new Resampler(rate, this.rate, this.name);
      this.resampler = resampler;
    }
    this.checkFinite(samples, rate);
    parts.push(resampler.push(samples));
    this.samplesOfRate += count;
    this.channels = Math.max(this.channels, channels.length);
    return parts;
  }

  /** @returns the rest of the samples */
  finish(): Float32Array[] {
    if (this.resampler === undefined) return [];
    const rest = this.resampler.finish();
    this.seconds += this.samplesOfRate / this.resampler.from;
    this.samplesOfRate = 0;
    this.resampler = undefined;
    return [rest];
  }

  private checkFinite(samples: Float32Array, rate: number): void {
    let at = 0;
    while (at < samples.length && Number.isFinite(samples[at])) at++;
    if (at === samples.length) return;
    const place = this.samplesOfRate + at;
    const seconds = (this.seconds + place / rate).toFixed(3);
    throw new AudioError(
      `${this.name}: sample ${place} (at ${seconds} s) is ${samples[at]}, not a finite number`,
      'Export it again from its source; a float WAV can hold NaN, 16-bit PCM cannot.',
    );
  }
}
