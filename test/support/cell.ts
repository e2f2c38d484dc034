/** The recurrent layer in f64, as SPEC section 1 states it: the twin of the recurrence kernels. */
export interface CellSettings {
  readonly cell: 'lstm' | 'mean-lstm' | 'a-lstm';
  readonly units: number;
  readonly directions: number;
  readonly offsets: readonly number[];
  readonly period: number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * @param pre [frames, directions, units, 4] W_ih x + b
 * @param weight [directions, units (k), units (u), 4]
 * @param attention [directions, units]
 * @returns h' [frames, directions, units]
 */
export function runCell(
  { cell, units, directions, offsets, period }: CellSettings,
  lengths: readonly number[],
  pre: ArrayLike<number>,
  weight: ArrayLike<number>,
  attention: ArrayLike<number>,
): Float64Array {
  const frames = lengths.reduce((a, b) => a + b, 0);
  const out = new Float64Array(frames * directions * units);
  for (let d = 0; d < directions; d++) {
    let first = 0;
    for (const length of lengths) {
      let cBefore = new Float64Array(units);
      let hBefore = new Float64Array(units);
      const C: Float64Array[] = [];
      const h: Float64Array[] = [];
      const combine = (states: readonly Float64Array[], steps: readonly number[]) => {
        const scores = steps.map((s) => {
          let score = 0;
          if (cell === 'a-lstm') {
            for (let u = 0; u < units; u++)
              score += (attention[d * units + u] ?? 0) * (states[s]?.[u] ?? 0);
          }
          return score;
        });
        const top = Math.max(...scores);
        const powers = scores.map((score) => Math.exp(score - top));
        const total = powers.reduce((a, b) => a + b, 0);
        return Float64Array.from({ length: units }, (_, u) =>
          steps.reduce((sum, s, k) => sum + ((powers[k] ?? 0) / total) * (states[s]?.[u] ?? 0), 0),
        );
      };
      for (let s = 0; s < length; s++) {
        const frame = first + (d === 0 ? s : length - 1 - s);
        const steps = offsets.map((k) => s + 1 - k).filter((step) => step >= 0);
        const combining = cell !== 'lstm' && (s + 1) % period === 0 && steps.length > 0;
        const gate = (u: number, g: number) => {
          let sum = pre[((frame * directions + d) * units + u) * 4 + g] ?? NaN;
          for (let k = 0; k < units; k++) {
            sum += (weight[((d * units + k) * units + u) * 4 + g] ?? NaN) * (hBefore[k] ?? 0);
          }
          return sum;
        };
        const o = new Float64Array(units);
        const c = new Float64Array(units);
        for (let u = 0; u < units; u++) {
          c[u] =
            sigmoid(gate(u, 1)) * (cBefore[u] ?? 0) + sigmoid(gate(u, 0)) * Math.tanh(gate(u, 2));
          o[u] = sigmoid(gate(u, 3));
        }
        C.push(c);
        cBefore = combining ? combine(C, steps) : c;
        h.push(cBefore.map((x, u) => (o[u] ?? 0) * Math.tanh(x)));
        hBefore = combining ? combine(h, steps) : Float64Array.from(h[s] ?? []);
        out.set(hBefore, (frame * directions + d) * units);
      }
      first += length;
    }
  }
  return out;
}
