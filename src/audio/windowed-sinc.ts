/**
 * The sinc function of a cutoff under a Kaiser window (Kaiser and Schafer, IEEE Transactions on Acoustics,
 * Speech and Signal Processing 28, 1980): a low-pass of linear phase.
 *
 * @param cutoff the middle of its transition, relative to half the sampling rate
 * @param reach half its length in samples: 0 beyond
 * @param beta the window's trade-off: a larger one suppresses more, with a wider transition
 */
export function windowedSinc(
  cutoff: number,
  reach: number,
  beta: number,
): (time: number) => number {
  const top = bessel0(beta);
  return (time) => {
    const x = time / reach;
    if (Math.abs(x) >= 1) return 0;
    const angle = Math.PI * cutoff * time;
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
    return (cutoff * sinc * bessel0(beta * Math.sqrt(1 - x * x))) / top;
  };
}

/** The modified Bessel function of the first kind of order 0, by its power series. */
function bessel0(x: number): number {
  const quarter = (x * x) / 4;
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
