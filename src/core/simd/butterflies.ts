import { add, type Body, mul, pair, type Pair, sub, timesMinusI } from './assembler.js';

/** Discrete Fourier transforms of 4, 5 and 8 complex numbers: X_r = sum_n x_n e^(-2 pi i r n / R). */
export const butterflies: Readonly<Record<4 | 5 | 8, (body: Body, x: readonly Pair[]) => Pair[]>> =
  {
    4: butterfly4,
    5: butterfly5,
    8: butterfly8,
  };

const both = (x: number): Pair => pair(x, x);
const HALF_ROOT = both(Math.SQRT1_2);
const COS1 = both(Math.cos((2 * Math.PI) / 5));
const COS2 = both(Math.cos((4 * Math.PI) / 5));
const SIN1 = both(Math.sin((2 * Math.PI) / 5));
const SIN2 = both(Math.sin((4 * Math.PI) / 5));

function butterfly4(body: Body, [a, b, c, d]: readonly Pair[]): Pair[] {
  const s = body.keep(add(a!, c!));
  const t = body.keep(sub(a!, c!));
  const u = body.keep(add(b!, d!));
  const v = body.keep(timesMinusI(body.keep(sub(b!, d!))));
  return [add(s, u), add(t, v), sub(s, u), sub(t, v)];
}

/** Outputs r and 5 - r share an even part (cosines) and differ in the sign of an odd one (sines). */
function butterfly5(body: Body, [a, b, c, d, e]: readonly Pair[]): Pair[] {
  const s = body.keep(add(b!, e!));
  const t = body.keep(sub(b!, e!));
  const u = body.keep(add(c!, d!));
  const v = body.keep(sub(c!, d!));
  const even1 = body.keep(add(add(a!, mul(COS1, s)), mul(COS2, u)));
  const even2 = body.keep(add(add(a!, mul(COS2, s)), mul(COS1, u)));
  const odd1 = body.keep(timesMinusI(body.keep(add(mul(SIN1, t), mul(SIN2, v)))));
  const odd2 = body.keep(timesMinusI(body.keep(sub(mul(SIN2, t), mul(SIN1, v)))));
  return [
    add(add(a!, s), u),
    add(even1, odd1),
    add(even2, odd2),
    sub(even2, odd2),
    sub(even1, odd1),
  ];
}

/** A radix-2 step over the halves, then two of radix 4: of the even outputs, and of the odd ones. */
function butterfly8(body: Body, x: readonly Pair[]): Pair[] {
  const sums = [0, 1, 2, 3].map((n) => body.keep(add(x[n]!, x[n + 4]!)));
  const differences = [0, 1, 2, 3].map((n) => body.keep(sub(x[n]!, x[n + 4]!)));
  const [y0, y2, y4, y6] = butterfly4(body, sums);
  const [d0, d1, d2, d3] = differences as [Pair, Pair, Pair, Pair];
  const turned2 = body.keep(timesMinusI(d2));
  const turned3 = body.keep(timesMinusI(d3));
  const a = body.keep(add(d0, turned2));
  const p = body.keep(sub(d0, turned2));
  const t = body.keep(add(d1, turned3));
  const u = body.keep(sub(d1, turned3));
  const b = body.keep(mul(HALF_ROOT, add(t, timesMinusI(t)))); // (1 - i) / sqrt 2 times t
  const q = body.keep(mul(HALF_ROOT, sub(timesMinusI(u), u))); // (-1 - i) / sqrt 2 times u
  return [y0!, add(a, b), y2!, add(p, q), y4!, sub(a, b), y6!, sub(p, q)];
}
