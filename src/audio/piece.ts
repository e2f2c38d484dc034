/** A stretch of a recording, as its decoder gives it. */
export interface Piece {
  /** Nominally in -1..1, each [N]. */
  readonly channels: readonly Float32Array[];
  /** Samples a second. */
  readonly rate: number;
}

/** A recording in the order of time; number of channels and rate may change from piece to piece. */
export type Pieces = AsyncIterable<Piece> | Iterable<Piece>;

/** Bytes that a decoder is given at once: pieces stay small, whatever the length of a recording. */
export const PORTION = 2 ** 18;
