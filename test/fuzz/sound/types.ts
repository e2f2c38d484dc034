/** What a file sounds like: each channel in -1..1, [N], and the sampling rate in Hz. */
export interface Sound {
  readonly rate: number;
  readonly channels: readonly Float32Array[];
}

/** A file that a decoder is given. */
export interface SoundFile {
  readonly name: string;
  readonly format: 'WAV' | 'ADPCM' | 'FLAC' | 'MP3' | 'Vorbis' | 'Opus' | 'FLAC in Ogg';
  readonly bytes: Uint8Array;
  /** What it holds, known from how it was made; undefined: only a peer can say. */
  readonly holds?: Sound;
  /** Samples of what was encoded: the length where it is kept. */
  readonly samples?: number;
  /** Part of the message where it has to be refused. */
  readonly refused?: string;
  /** Offsets where its frames, pages or blocks begin, for damage by whole ones. */
  readonly blocks?: readonly number[];
  /** Another peer than the usual one. */
  readonly by?: 'ffmpeg' | 'sox';
  /** Why the peer's answer is no measure here. */
  readonly peerless?: string;
}

/** Numbers in 0..1, the same on any machine (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed from a text, so that a file does not change when others are added. */
export function seedOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash;
}

/** A tone that glides under noise, different in each channel, with both ends of the scale in it: [N] each, in -1..1. */
export function signal(
  seed: string,
  channels: number,
  length: number,
  noise = 0.1,
): Float64Array[] {
  const random = randomFrom(seedOf(seed));
  return Array.from({ length: channels }, (_, c) => {
    const step = 0.02 + 0.03 * random() + 0.01 * c;
    const glide = 1e-5 * random();
    const samples = Float64Array.from({ length }, (_, n) => {
      const tone = (0.8 - noise) * Math.sin(n * (step + glide * n));
      return tone + noise * (2 * random() - 1);
    });
    return samples;
  });
}
