/** Below this RMS value (about −50 dB) there is nothing to hear. */
export const QUIET = 0.003;

/** RMS of samples. */
export function levelOf(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}
