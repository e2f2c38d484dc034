/** Real and imaginary parts, kept apart so that each is a plain run of float64. */
export interface ComplexArray {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function complexArray(length: number): ComplexArray {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** One pass: `groups` butterflies of `radix` inputs, each over `stride` neighbouring columns. */
interface Stage {
  readonly radix: 4 | 5;
  readonly groups: number;
  readonly stride: number;
  /** e^(-2 pi i group r / (radix groups)) at [group (radix - 1) + r - 1], r = 1 .. radix - 1. */
  readonly twiddles: ComplexArray;
}

/**
 * The complex discrete Fourier transform X_k = sum_n x_n e^(-2 pi i k n / N) of one length
 * N = 4^a 5^b, in float64: Stockham's self-sorting algorithm (Van Loan, Computational Frameworks for
 * the FFT, 1992, section 1.7), which needs no bit reversal.
 */
export class Fft {
  private readonly stages: readonly Stage[];
  private readonly scratch: ComplexArray;

  /** @throws RangeError when the length has a prime factor besides 2 and 5, or an odd power of 2 */
  constructor(readonly length: number) {
    this.stages = planStages(length);
    this.scratch = complexArray(length);
  }

  /**
   * Overwrites `input` ([N]) and returns where the result is: `input` itself or a buffer of this
   * object that the next call overwrites.
   */
  transform(input: ComplexArray): ComplexArray {
    let from = input;
    let to = this.scratch;
    for (const stage of this.stages) {
      if (stage.radix === 4) radix4(stage, from, to);
      else radix5(stage, from, to);
      [from, to] = [to, from];
    }
    return from;
  }
}

function planStages(length: number): Stage[] {
  const stages: Stage[] = [];
  let rest = length;
  let stride = 1;
  while (rest > 1) {
    const radix = rest % 4 === 0 ? 4 : 5;
    if (rest % radix !== 0) throw new RangeError(`no transform of length ${length}: not 4^a 5^b`);
    const groups = rest / radix;
    const twiddles = complexArray(groups * (radix - 1));
    for (let group = 0; group < groups; group++) {
      for (let r = 1; r < radix; r++) {
        const angle = (-2 * Math.PI * group * r) / rest;
        twiddles.re[group * (radix - 1) + r - 1] = Math.cos(angle);
        twiddles.im[group * (radix - 1) + r - 1] = Math.sin(angle);
      }
    }
    stages.push({ radix, groups, stride, twiddles });
    rest = groups;
    stride *= radix;
  }
  return stages;
}

function radix4(stage: Stage, from: ComplexArray, to: ComplexArray): void {
  const { groups, stride, twiddles } = stage;
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const { re: wr, im: wi } = twiddles;
  const span = stride * groups;
  for (let group = 0; group < groups; group++) {
    const w = 3 * group;
    const w1r = wr[w]!,
      w1i = wi[w]!;
    const w2r = wr[w + 1]!,
      w2i = wi[w + 1]!;
    const w3r = wr[w + 2]!,
      w3i = wi[w + 2]!;
    let i = stride * group;
    let o = 4 * stride * group;
    for (const end = i + stride; i < end; i++, o++) {
      const ar = xr[i]!,
        ai = xi[i]!;
      const br = xr[i + span]!,
        bi = xi[i + span]!;
      const cr = xr[i + 2 * span]!,
        ci = xi[i + 2 * span]!;
      const dr = xr[i + 3 * span]!,
        di = xi[i + 3 * span]!;
      const sr = ar + cr,
        si = ai + ci;
      const tr = ar - cr,
        ti = ai - ci;
      const ur = br + dr,
        ui = bi + di;
      const vr = bi - di,
        vi = dr - br; // -i (b - d)
      yr[o] = sr + ur;
      yi[o] = si + ui;
      const pr = tr + vr,
        pi = ti + vi;
      yr[o + stride] = pr * w1r - pi * w1i;
      yi[o + stride] = pr * w1i + pi * w1r;
      const qr = sr - ur,
        qi = si - ui;
      yr[o + 2 * stride] = qr * w2r - qi * w2i;
      yi[o + 2 * stride] = qr * w2i + qi * w2r;
      const zr = tr - vr,
        zi = ti - vi;
      yr[o + 3 * stride] = zr * w3r - zi * w3i;
      yi[o + 3 * stride] = zr * w3i + zi * w3r;
    }
  }
}

const COS1 = Math.cos((2 * Math.PI) / 5);
const COS2 = Math.cos((4 * Math.PI) / 5);
const SIN1 = Math.sin((2 * Math.PI) / 5);
const SIN2 = Math.sin((4 * Math.PI) / 5);

function radix5(stage: Stage, from: ComplexArray, to: ComplexArray): void {
  const { groups, stride, twiddles } = stage;
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const { re: wr, im: wi } = twiddles;
  const span = stride * groups;
  for (let group = 0; group < groups; group++) {
    const w = 4 * group;
    let i = stride * group;
    let o = 5 * stride * group;
    for (const end = i + stride; i < end; i++, o++) {
      const ar = xr[i]!,
        ai = xi[i]!;
      const br = xr[i + span]!,
        bi = xi[i + span]!;
      const cr = xr[i + 2 * span]!,
        ci = xi[i + 2 * span]!;
      const dr = xr[i + 3 * span]!,
        di = xi[i + 3 * span]!;
      const er = xr[i + 4 * span]!,
        ei = xi[i + 4 * span]!;
      const sr = br + er,
        si = bi + ei;
      const tr = br - er,
        ti = bi - ei;
      const ur = cr + dr,
        ui = ci + di;
      const vr = cr - dr,
        vi = ci - di;
      yr[o] = ar + sr + ur;
      yi[o] = ai + si + ui;
      // Outputs r and 5 - r share an even part (cosines) and differ in the sign of an odd (sines).
      const even1r = ar + COS1 * sr + COS2 * ur,
        even1i = ai + COS1 * si + COS2 * ui;
      const even2r = ar + COS2 * sr + COS1 * ur,
        even2i = ai + COS2 * si + COS1 * ui;
      const odd1r = SIN1 * ti + SIN2 * vi,
        odd1i = -SIN1 * tr - SIN2 * vr;
      const odd2r = SIN2 * ti - SIN1 * vi,
        odd2i = -SIN2 * tr + SIN1 * vr;
      twist(yr, yi, o + stride, even1r + odd1r, even1i + odd1i, wr[w]!, wi[w]!);
      twist(yr, yi, o + 2 * stride, even2r + odd2r, even2i + odd2i, wr[w + 1]!, wi[w + 1]!);
      twist(yr, yi, o + 3 * stride, even2r - odd2r, even2i - odd2i, wr[w + 2]!, wi[w + 2]!);
      twist(yr, yi, o + 4 * stride, even1r - odd1r, even1i - odd1i, wr[w + 3]!, wi[w + 3]!);
    }
  }
}

/** y[at] = a w */
function twist(
  yr: Float64Array,
  yi: Float64Array,
  at: number,
  ar: number,
  ai: number,
  wr: number,
  wi: number,
): void {
  yr[at] = ar * wr - ai * wi;
  yi[at] = ar * wi + ai * wr;
}
