/** A part of a recording, as returned by its decoder. */
export interface Piece {
  /** Nominally in -1..1, each [N]. */
  readonly channels: readonly Float32Array[];
  /** Sampling rate in Hz. */
  readonly rate: number;
}

/** A recording in the order of time; number of channels and rate may change from piece to piece. */
export type Pieces = AsyncIterable<Piece> | Iterable<Piece>;

/** Bytes passed to a decoder at once: keeps pieces small, whatever the length of a recording. */
export const PORTION = 2 ** 18;
