import type { Outcome } from './ours.js';
import type { Sound, SoundFile } from './types.js';

/**
 * Decoders of a lossy codec may round differently: how much larger the sound's power has to be than that of the
 * difference, in decibels. ffmpeg computes MP3 of low rates less exactly than mpg123 and LAME, which agree to 88 dB.
 */
const ALIKE = { MP3: 40, Vorbis: 60, Opus: 80 } as const;

/** Why a decoder's sound is not the peer's, as exactly as the codec allows; undefined if it is. */
export function disagreement(
  got: Sound,
  peer: Sound,
  { format, samples }: SoundFile,
): string | undefined {
  if (format !== 'MP3' && format !== 'Vorbis' && format !== 'Opus') return differenceOf(got, peer);
  const length = got.channels[0]!.length;
  // As long as what was encoded: the peer did not cut what the encoder added.
  const least = length === samples ? cutTo(peer, length) : peer;
  return distanceOf(got, least, ALIKE[format]);
}

function cutTo({ rate, channels }: Sound, length: number): Sound {
  return { rate, channels: channels.map((samples) => samples.subarray(0, length)) };
}

/** Why two sounds are not the same to the bit; undefined if they are. */
export function differenceOf(got: Sound, expected: Sound): string | undefined {
  const shape = shapeOf(got);
  if (shape !== shapeOf(expected)) return `${shape} instead of ${shapeOf(expected)}`;
  for (const [c, samples] of expected.channels.entries()) {
    for (let n = 0; n < samples.length; n++) {
      const [a, b] = [got.channels[c]![n]!, samples[n]!];
      if (a !== b && !(Number.isNaN(a) && Number.isNaN(b)))
        return `sample ${n} of channel ${c} is ${a} instead of ${b}`;
    }
  }
  return undefined;
}

/** The same for codecs with tolerance, of the mean of the channels, whose order differs. */
function distanceOf(got: Sound, expected: Sound, least: number): string | undefined {
  const shape = shapeOf(got);
  if (shape !== shapeOf(expected)) return `${shape} instead of ${shapeOf(expected)}`;
  const ratio = ratioOf(meanOf(got.channels), meanOf(expected.channels));
  return ratio >= least ? undefined : `${ratio.toFixed(1)} dB from it`;
}

function shapeOf({ rate, channels }: Sound): string {
  return `${channels[0]?.length ?? 0} samples x${channels.length} at ${rate} Hz`;
}

export function meanOf(channels: readonly Float32Array[]): Float64Array {
  const length = channels[0]?.length ?? 0;
  return Float64Array.from(
    { length },
    (_, n) => channels.reduce((sum, samples) => sum + samples[n]!, 0) / channels.length,
  );
}

/** Power of the sound over power of the difference, in decibels; silence is alike to silence. */
export function ratioOf(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let power = 1e-12;
  let difference = 1e-18;
  for (let n = 0; n < expected.length; n++) {
    power += expected[n]! ** 2;
    difference += (got[n]! - expected[n]!) ** 2;
  }
  return 10 * Math.log10(power / difference);
}

/** Why what came is not a beginning of the sound, to the bit; undefined if it is. */
export function notBeginning({ sounds }: Outcome, expected: Outcome): string | undefined {
  for (const [i, sound] of sounds.entries()) {
    const whole = expected.sounds[i];
    const length = sound.channels[0]!.length;
    if (whole === undefined) return 'more came than there was';
    const start = {
      rate: whole.rate,
      channels: whole.channels.map((samples) => samples.subarray(0, length)),
    };
    const why = differenceOf(sound, start);
    if (why !== undefined) return why;
  }
  return undefined;
}
