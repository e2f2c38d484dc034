import { meanOf } from '../audio/mix.js';
import type { SpeakerOptions } from './normalised.js';
import type { Prediction, Predictor } from './predictor.js';

/** The part of a Web Audio AudioBuffer that is used here. */
export interface AudioBufferLike {
  /** Samples per channel. */
  readonly length: number;
  readonly numberOfChannels: number;
  /** In Hz. */
  readonly sampleRate: number;
  /** Samples of one channel: [length]. */
  getChannelData(channel: number): Float32Array;
}

/**
 * Predicts audio that Web Audio has decoded or recorded; channels are averaged.
 *
 * @example
 * const buffer = await new AudioContext().decodeAudioData(await file.arrayBuffer());
 * const { tasks } = await predictAudioBuffer(predictor, buffer);
 *
 * @throws AudioError, UsageError as predictSamples
 */
export function predictAudioBuffer(
  predictor: Pick<Predictor, 'predictSamples'>,
  buffer: AudioBufferLike,
  name = 'audio buffer',
  whose: SpeakerOptions = {},
): Promise<Prediction> {
  const { length, numberOfChannels, sampleRate } = buffer;
  const channels = Array.from({ length: numberOfChannels }, (_, c) => buffer.getChannelData(c));
  return predictor.predictSamples(meanOf(channels, length), sampleRate, name, whose);
}
