/*
 * Linear PCM is taken as code / 2^(bits - 1) here and nearly everywhere. The decoders divide by
 * 2^(bits - 1) - 1 instead, WAV's the positive codes, FLAC's all: the same recording would differ by
 * 3e-5 between the two. float32 tells neighbouring codes apart up to 24 bits, so the codes can be had
 * back; with more bits the two scales agree.
 */
const MOST_BITS = 24;

/** Rescales in place samples whose positive codes were divided by 2^(bits - 1) - 1. */
export function restorePositive(channels: readonly Float32Array[], bits: number): void {
  restore(channels, bits, 0);
}

/** Rescales in place samples of which all codes were divided by 2^(bits - 1) - 1. */
export function restoreAll(channels: readonly Float32Array[], bits: number): void {
  restore(channels, bits, -Infinity);
}

function restore(channels: readonly Float32Array[], bits: number, above: number): void {
  if (bits > MOST_BITS) return;
  const full = 2 ** (bits - 1);
  for (const samples of channels) {
    for (let i = 0; i < samples.length; i++) {
      const x = samples[i]!;
      if (x > above) samples[i] = Math.round(x * (full - 1)) / full;
    }
  }
}
