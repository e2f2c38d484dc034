/**
 * The Fourier transform X_k = sum_n x_n e^(-2 pi i k n / N) of a real sequence of even length N with one complex
 * transform of length N / 2: even samples as real parts, odd ones as imaginary parts (Press et al., Numerical
 * Recipes, section 12.3.2).
 *
 * With E and O the transforms of the even and the odd samples, both read off the complex one,
 * X_k = E_k + e^(-2 pi i k / N) O_k, and X_(N/2-k) is the conjugate of their difference.
 */
export interface RealFft {
  /** x, [N]: written before each call, which overwrites it. */
  readonly input: Float64Array;
  /** Overwritten by each call. */
  readonly output: Float64Array;
  /** Writes the real and imaginary parts of X_0 .. X_(N/2) in turn into `output`, [N/2 + 1, 2]. */
  transform(): void;
  /** Writes |X_0|^2 .. |X_(N/2)|^2 into the beginning of `output`, [N/2 + 1]. */
  power(): void;
}
