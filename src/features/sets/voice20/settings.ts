import { framesWithin } from '../feature-set.js';

/** Input: 16 kHz mono, frames of 25 ms every 10 ms, no padding: those of the set `prosody36`. */
export const RATE = 16_000;
/** Samples per frame. */
export const WINDOW = 400;
/** Samples from one frame to the next. */
export const HOP = 160;
/** Samples around a frame's middle that level and pitch are read from: 40 ms. */
export const WIDE = 640;

/** T for a recording with that many samples at RATE; 0 if it is shorter than one frame. */
export function frameCount(samples: number): number {
  return framesWithin(samples, { window: WINDOW, hop: HOP });
}
