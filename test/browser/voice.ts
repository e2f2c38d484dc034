/** A buzz whose pitch falls from 180 to 120 Hz, with pauses, at 16 kHz. */
export function voice(seconds: number): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: 16_000 * seconds }, (_, n) => {
    const t = n / 16_000;
    phase += (2 * Math.PI * (180 - (60 * t) / seconds)) / 16_000;
    const sum = [1, 2, 3, 4].reduce((total, k) => total + Math.sin(k * phase) / k, 0);
    return t % 1 < 0.75 ? 0.2 * sum : 0;
  });
}
