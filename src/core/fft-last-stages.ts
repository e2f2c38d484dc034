import type { ComplexArray } from './complex.js';
import { COS1, COS2, ROOT, SIN1, SIN2, type Stage } from './fft-stage.js';

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
