import type { ComplexArray } from './complex.js';

/** One pass: `groups` butterflies of `radix` inputs, each over `stride` neighbouring columns. */
export interface Stage {
  readonly radix: 4 | 5 | 8;
  readonly groups: number;
  readonly stride: number;
  /** e^(-2 pi i group r / (radix groups)) at [group (radix - 1) + r - 1], r = 1 .. radix - 1. */
  readonly twiddles: ComplexArray;
}

const ROOT = Math.SQRT1_2;

/** A radix-2 step over the halves, then two of radix 4: of the even outputs, and of the odd ones. */
export function radix8(stage: Stage, from: ComplexArray, to: ComplexArray): void {
  const { groups, stride, twiddles } = stage;
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const { re: wr, im: wi } = twiddles;
  const span = stride * groups;
  for (let group = 0; group < groups; group++) {
    const w = 7 * group;
    const w1r = wr[w]!,
      w1i = wi[w]!;
    const w2r = wr[w + 1]!,
      w2i = wi[w + 1]!;
    const w3r = wr[w + 2]!,
      w3i = wi[w + 2]!;
    const w4r = wr[w + 3]!,
      w4i = wi[w + 3]!;
    const w5r = wr[w + 4]!,
      w5i = wi[w + 4]!;
    const w6r = wr[w + 5]!,
      w6i = wi[w + 5]!;
    const w7r = wr[w + 6]!,
      w7i = wi[w + 6]!;
    let i0 = stride * group;
    let o0 = 8 * stride * group;
    for (const end = i0 + stride; i0 < end; i0++, o0++) {
      const i1 = i0 + span,
        i2 = i0 + 2 * span,
        i3 = i0 + 3 * span,
        i4 = i0 + 4 * span;
      const i5 = i4 + span,
        i6 = i4 + 2 * span,
        i7 = i4 + 3 * span;
      const x0r = xr[i0]!,
        x0i = xi[i0]!;
      const x4r = xr[i4]!,
        x4i = xi[i4]!;
      const s0r = x0r + x4r,
        s0i = x0i + x4i;
      const d0r = x0r - x4r,
        d0i = x0i - x4i;
      const x1r = xr[i1]!,
        x1i = xi[i1]!;
      const x5r = xr[i5]!,
        x5i = xi[i5]!;
      const s1r = x1r + x5r,
        s1i = x1i + x5i;
      const d1r = x1r - x5r,
        d1i = x1i - x5i;
      const x2r = xr[i2]!,
        x2i = xi[i2]!;
      const x6r = xr[i6]!,
        x6i = xi[i6]!;
      const s2r = x2r + x6r,
        s2i = x2i + x6i;
      const d2r = x2i - x6i,
        d2i = x6r - x2r; // -i times the difference
      const x3r = xr[i3]!,
        x3i = xi[i3]!;
      const x7r = xr[i7]!,
        x7i = xi[i7]!;
      const s3r = x3r + x7r,
        s3i = x3i + x7i;
      const d3r = x3i - x7i,
        d3i = x7r - x3r; // and here
      const o1 = o0 + stride,
        o2 = o0 + 2 * stride,
        o3 = o0 + 3 * stride,
        o4 = o0 + 4 * stride;
      const o5 = o4 + stride,
        o6 = o4 + 2 * stride,
        o7 = o4 + 3 * stride;
      const er = s0r + s2r,
        ei = s0i + s2i;
      const fr = s1r + s3r,
        fi = s1i + s3i;
      yr[o0] = er + fr;
      yi[o0] = ei + fi;
      const y4r = er - fr,
        y4i = ei - fi;
      yr[o4] = y4r * w4r - y4i * w4i;
      yi[o4] = y4r * w4i + y4i * w4r;
      const gr = s0r - s2r,
        gi = s0i - s2i;
      const hr = s1i - s3i,
        hi = s3r - s1r;
      const y2r = gr + hr,
        y2i = gi + hi;
      yr[o2] = y2r * w2r - y2i * w2i;
      yi[o2] = y2r * w2i + y2i * w2r;
      const y6r = gr - hr,
        y6i = gi - hi;
      yr[o6] = y6r * w6r - y6i * w6i;
      yi[o6] = y6r * w6i + y6i * w6r;
      const ar = d0r + d2r,
        ai = d0i + d2i;
      const tr = d1r + d3r,
        ti = d1i + d3i;
      const br = ROOT * (tr + ti),
        bi = ROOT * (ti - tr); // (1 - i) / sqrt 2 times t
      const y1r = ar + br,
        y1i = ai + bi;
      yr[o1] = y1r * w1r - y1i * w1i;
      yi[o1] = y1r * w1i + y1i * w1r;
      const y5r = ar - br,
        y5i = ai - bi;
      yr[o5] = y5r * w5r - y5i * w5i;
      yi[o5] = y5r * w5i + y5i * w5r;
      const pr = d0r - d2r,
        pi = d0i - d2i;
      const ur = d1r - d3r,
        ui = d1i - d3i;
      const qr = ROOT * (ui - ur),
        qi = -ROOT * (ur + ui); // (-1 - i) / sqrt 2 times u
      const y3r = pr + qr,
        y3i = pi + qi;
      yr[o3] = y3r * w3r - y3i * w3i;
      yi[o3] = y3r * w3i + y3i * w3r;
      const y7r = pr - qr,
        y7i = pi - qi;
      yr[o7] = y7r * w7r - y7i * w7i;
      yi[o7] = y7r * w7i + y7i * w7r;
    }
  }
}

/** The last stage of radix 8, whose twiddles are all 1. */
export function untwisted8({ stride }: Stage, from: ComplexArray, to: ComplexArray): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  for (let i0 = 0; i0 < stride; i0++) {
    const i1 = i0 + stride,
      i2 = i0 + 2 * stride,
      i3 = i0 + 3 * stride,
      i4 = i0 + 4 * stride;
    const i5 = i4 + stride,
      i6 = i4 + 2 * stride,
      i7 = i4 + 3 * stride;
    const x0r = xr[i0]!,
      x0i = xi[i0]!;
    const x4r = xr[i4]!,
      x4i = xi[i4]!;
    const s0r = x0r + x4r,
      s0i = x0i + x4i;
    const d0r = x0r - x4r,
      d0i = x0i - x4i;
    const x1r = xr[i1]!,
      x1i = xi[i1]!;
    const x5r = xr[i5]!,
      x5i = xi[i5]!;
    const s1r = x1r + x5r,
      s1i = x1i + x5i;
    const d1r = x1r - x5r,
      d1i = x1i - x5i;
    const x2r = xr[i2]!,
      x2i = xi[i2]!;
    const x6r = xr[i6]!,
      x6i = xi[i6]!;
    const s2r = x2r + x6r,
      s2i = x2i + x6i;
    const d2r = x2i - x6i,
      d2i = x6r - x2r; // -i times the difference
    const x3r = xr[i3]!,
      x3i = xi[i3]!;
    const x7r = xr[i7]!,
      x7i = xi[i7]!;
    const s3r = x3r + x7r,
      s3i = x3i + x7i;
    const d3r = x3i - x7i,
      d3i = x7r - x3r; // and here
    const er = s0r + s2r,
      ei = s0i + s2i;
    const fr = s1r + s3r,
      fi = s1i + s3i;
    yr[i0] = er + fr;
    yi[i0] = ei + fi;
    yr[i4] = er - fr;
    yi[i4] = ei - fi;
    const gr = s0r - s2r,
      gi = s0i - s2i;
    const hr = s1i - s3i,
      hi = s3r - s1r;
    yr[i2] = gr + hr;
    yi[i2] = gi + hi;
    yr[i6] = gr - hr;
    yi[i6] = gi - hi;
    const ar = d0r + d2r,
      ai = d0i + d2i;
    const tr = d1r + d3r,
      ti = d1i + d3i;
    const br = ROOT * (tr + ti),
      bi = ROOT * (ti - tr); // (1 - i) / sqrt 2 times t
    yr[i1] = ar + br;
    yi[i1] = ai + bi;
    yr[i5] = ar - br;
    yi[i5] = ai - bi;
    const pr = d0r - d2r,
      pi = d0i - d2i;
    const ur = d1r - d3r,
      ui = d1i - d3i;
    const qr = ROOT * (ui - ur),
      qi = -ROOT * (ur + ui); // (-1 - i) / sqrt 2 times u
    yr[i3] = pr + qr;
    yi[i3] = pi + qi;
    yr[i7] = pr - qr;
    yi[i7] = pi - qi;
  }
}

export function radix4(stage: Stage, from: ComplexArray, to: ComplexArray): void {
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

/** The last stage of radix 4, whose twiddles are all 1. */
export function untwisted4({ stride }: Stage, from: ComplexArray, to: ComplexArray): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  for (let a = 0, b = stride, c = 2 * stride, d = 3 * stride; a < stride; a++, b++, c++, d++) {
    const ar = xr[a]!,
      ai = xi[a]!;
    const br = xr[b]!,
      bi = xi[b]!;
    const cr = xr[c]!,
      ci = xi[c]!;
    const dr = xr[d]!,
      di = xi[d]!;
    const sr = ar + cr,
      si = ai + ci;
    const tr = ar - cr,
      ti = ai - ci;
    const ur = br + dr,
      ui = bi + di;
    const vr = bi - di,
      vi = dr - br; // -i (b - d)
    yr[a] = sr + ur;
    yi[a] = si + ui;
    yr[b] = tr + vr;
    yi[b] = ti + vi;
    yr[c] = sr - ur;
    yi[c] = si - ui;
    yr[d] = tr - vr;
    yi[d] = ti - vi;
  }
}

const COS1 = Math.cos((2 * Math.PI) / 5);
const COS2 = Math.cos((4 * Math.PI) / 5);
const SIN1 = Math.sin((2 * Math.PI) / 5);
const SIN2 = Math.sin((4 * Math.PI) / 5);

/** Outputs r and 5 - r share an even part (cosines) and differ in the sign of an odd one (sines). */
export function radix5(stage: Stage, from: ComplexArray, to: ComplexArray): void {
  const { groups, stride, twiddles } = stage;
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const { re: wr, im: wi } = twiddles;
  const span = stride * groups;
  for (let group = 0; group < groups; group++) {
    const w = 4 * group;
    const w1r = wr[w]!,
      w1i = wi[w]!;
    const w2r = wr[w + 1]!,
      w2i = wi[w + 1]!;
    const w3r = wr[w + 2]!,
      w3i = wi[w + 2]!;
    const w4r = wr[w + 3]!,
      w4i = wi[w + 3]!;
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
      const even1r = ar + COS1 * sr + COS2 * ur,
        even1i = ai + COS1 * si + COS2 * ui;
      const even2r = ar + COS2 * sr + COS1 * ur,
        even2i = ai + COS2 * si + COS1 * ui;
      const odd1r = SIN1 * ti + SIN2 * vi,
        odd1i = -SIN1 * tr - SIN2 * vr;
      const odd2r = SIN2 * ti - SIN1 * vi,
        odd2i = -SIN2 * tr + SIN1 * vr;
      const y1r = even1r + odd1r,
        y1i = even1i + odd1i;
      yr[o + stride] = y1r * w1r - y1i * w1i;
      yi[o + stride] = y1r * w1i + y1i * w1r;
      const y2r = even2r + odd2r,
        y2i = even2i + odd2i;
      yr[o + 2 * stride] = y2r * w2r - y2i * w2i;
      yi[o + 2 * stride] = y2r * w2i + y2i * w2r;
      const y3r = even2r - odd2r,
        y3i = even2i - odd2i;
      yr[o + 3 * stride] = y3r * w3r - y3i * w3i;
      yi[o + 3 * stride] = y3r * w3i + y3i * w3r;
      const y4r = even1r - odd1r,
        y4i = even1i - odd1i;
      yr[o + 4 * stride] = y4r * w4r - y4i * w4i;
      yi[o + 4 * stride] = y4r * w4i + y4i * w4r;
    }
  }
}

/** The last stage of radix 5, whose twiddles are all 1. */
export function untwisted5({ stride }: Stage, from: ComplexArray, to: ComplexArray): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  for (let a = 0; a < stride; a++) {
    const b = a + stride,
      c = a + 2 * stride,
      d = a + 3 * stride,
      e = a + 4 * stride;
    const ar = xr[a]!,
      ai = xi[a]!;
    const br = xr[b]!,
      bi = xi[b]!;
    const cr = xr[c]!,
      ci = xi[c]!;
    const dr = xr[d]!,
      di = xi[d]!;
    const er = xr[e]!,
      ei = xi[e]!;
    const sr = br + er,
      si = bi + ei;
    const tr = br - er,
      ti = bi - ei;
    const ur = cr + dr,
      ui = ci + di;
    const vr = cr - dr,
      vi = ci - di;
    const even1r = ar + COS1 * sr + COS2 * ur,
      even1i = ai + COS1 * si + COS2 * ui;
    const even2r = ar + COS2 * sr + COS1 * ur,
      even2i = ai + COS2 * si + COS1 * ui;
    const odd1r = SIN1 * ti + SIN2 * vi,
      odd1i = -SIN1 * tr - SIN2 * vr;
    const odd2r = SIN2 * ti - SIN1 * vi,
      odd2i = -SIN2 * tr + SIN1 * vr;
    yr[a] = ar + sr + ur;
    yi[a] = ai + si + ui;
    yr[b] = even1r + odd1r;
    yi[b] = even1i + odd1i;
    yr[c] = even2r + odd2r;
    yi[c] = even2i + odd2i;
    yr[d] = even2r - odd2r;
    yi[d] = even2i - odd2i;
    yr[e] = even1r - odd1r;
    yi[e] = even1i - odd1i;
  }
}
