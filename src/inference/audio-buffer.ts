import { meanOf } from '../audio/mix.js';
import type { Prediction, Predictor } from './predictor.js';

/** What is used of a Web Audio AudioBuffer. */
export interface AudioBufferLike {
  /** Samples of a channel. */
  readonly length: number;
  readonly numberOfChannels: number;
  /** In Hz. */
  readonly sampleRate: number;
  /** Samples of one channel: [length]. */
  getChannelData(channel: number): Float32Array;
}

/**
 * Predicts what Web Audio has decoded or recorded; channels are averaged.
 *
 * @throws AudioError, UsageError as predictSamples
 */
export function predictAudioBuffer(
  predictor: Pick<Predictor, 'predictSamples'>,
  buffer: AudioBufferLike,
  name = 'audio buffer',
): Promise<Prediction> {
  const { length, numberOfChannels, sampleRate } = buffer;
  const channels = Array.from({ length: numberOfChannels }, (_, c) => buffer.getChannelData(c));
  return predictor.predictSamples(meanOf(channels, length), sampleRate, name);
}
