import { AudioError } from '../core/errors.js';

const headerBytes = 44;

/**
 * Encodes samples as a WAV file: 16-bit PCM, one channel. Decoders read n as n / 32768, so
 * samples on that grid are restored exactly; those outside [-1, 1) are clipped.
 *
 * @example
 * const tone = Float32Array.from({ length: 16_000 }, (_, n) => 0.5 * Math.sin(0.2 * n));
 * await files.write('tone.wav', encodeWav(tone, 16_000));
 *
 * @param samples mono, nominally -1 to 1, [N]
 * @param rate sampling rate in Hz
 * @throws AudioError for samples that are not finite and for a rate that is not a positive integer
 */
export function encodeWav(samples: Float32Array, rate: number): Uint8Array {
  if (!Number.isSafeInteger(rate) || rate <= 0) {
    throw new AudioError(
      `cannot write a WAV file with ${rate} Hz`,
      'Give the sampling rate as a positive integer.',
    );
  }
  const dataBytes = 2 * samples.length;
  const view = new DataView(new ArrayBuffer(headerBytes + dataBytes));
  const text = (at: number, id: string): void => {
    for (let i = 0; i < id.length; i++) view.setUint8(at + i, id.charCodeAt(i));
  };
  text(0, 'RIFF');
  view.setUint32(4, headerBytes - 8 + dataBytes, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); // bytes of the format block
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); // bytes per second
  view.setUint16(32, 2, true); // bytes per sample of all channels
  view.setUint16(34, 16, true); // bits per sample
  text(36, 'data');
  view.setUint32(40, dataBytes, true);

  samples.forEach((sample, i) => {
    if (!Number.isFinite(sample)) {
      throw new AudioError(
        `cannot write a WAV file: sample ${i} is ${sample}`,
        'Samples must be finite numbers, nominally between -1 and 1.',
      );
    }
    const value = Math.min(32767, Math.max(-32768, Math.round(sample * 32768)));
    view.setInt16(headerBytes + 2 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}
