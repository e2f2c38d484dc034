/** The symmetric Hann window, 0.5 - 0.5 cos(2 pi n / (length - 1)); a single value is 1. */
export function hann(length: number): Float64Array {
  if (length === 1) return Float64Array.of(1);
  return Float64Array.from(
    { length },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (length - 1)),
  );
}
