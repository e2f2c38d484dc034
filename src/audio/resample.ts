import { AudioError, messageOf } from '../core/errors.js';

/** What the WebAssembly build takes. */
const HIGHEST_RATE = 192_000;
/** libsamplerate's own limit on to / from, and on its inverse. */
const LARGEST_RATIO = 256;
/**
 * Half the length of the best sinc filter is 143 samples at the lower of the two rates: zeros after
 * the end for the filter to run out into, so that the last samples come out whatever the length.
 */
const TAIL = 256;

/**
 * Brings mono samples from one sampling rate to another with libsamplerate's best band-limited sinc
 * converter (144 dB, 97% of the band).
 *
 * @param samples [N]
 * @param from samples a second, up to 192000
 * @param to samples a second, up to 192000
 * @returns [round(N to / from)], sample i at the time i / to; the argument itself when the rates agree
 * @throws AudioError for a rate that the converter does not take
 */
export async function resample(
  samples: Float32Array,
  from: number,
  to: number,
  name = 'samples',
): Promise<Float32Array> {
  if (from === to) return samples;
  checkRates(from, to, name);
  const length = Math.round((samples.length * to) / from);
  const tail = Math.ceil(TAIL * Math.max(1, from / to));
  const padded = new Float32Array(samples.length + tail);
  padded.set(samples);
  const output = await convert(padded, from, to, name);
  if (output.length < length) {
    throw new AudioError(
      `${name}: the converter gave ${output.length} of ${length} samples at ${to} Hz`,
      'Convert the recording to 16 kHz with another program.',
    );
  }
  return output.slice(0, length);
}

async function convert(
  samples: Float32Array,
  from: number,
  to: number,
  name: string,
): Promise<Float32Array> {
  try {
    const { default: libsamplerate } = await import('@alexanderolsen/libsamplerate-js'); // when needed: it is large
    // A converter of its own: one that has run before starts with the end of the last recording.
    const converter = await libsamplerate.create(1, from, to, {
      converterType: libsamplerate.ConverterType.SRC_SINC_BEST_QUALITY,
    });
    try {
      return converter.simple(samples);
    } finally {
      converter.destroy();
    }
  } catch (error) {
    throw new AudioError(
      `${name}: cannot be resampled from ${from} to ${to} Hz: ${messageOf(error)}`,
      'Convert the recording to 16 kHz with another program.',
      { cause: error },
    );
  }
}

function checkRates(from: number, to: number, name: string): void {
  for (const rate of [from, to]) {
    if (Number.isInteger(rate) && rate >= 1 && rate <= HIGHEST_RATE) continue;
    throw new AudioError(
      `${name}: a sampling rate of ${rate} Hz is not an integer from 1 to ${HIGHEST_RATE}`,
      'Convert the recording to 16 kHz with another program.',
    );
  }
  if (Math.max(from / to, to / from) > LARGEST_RATIO) {
    throw new AudioError(
      `${name}: ${from} and ${to} Hz are more than a factor of ${LARGEST_RATIO} apart`,
      'Convert the recording to 16 kHz with another program.',
    );
  }
}
