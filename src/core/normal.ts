/** The normal distribution, for BCa intervals. */

/** Beyond this many standard deviations a share is 0 or 1 in doubles. */
const farthest = 8.3;

/**
 * Share of a standard normal below x, by the series of Marsaglia (*Evaluating the normal
 * distribution*, Journal of Statistical Software 11, 2004): to an absolute error of 1e-15.
 */
export function normalCumulative(x: number): number {
  if (Math.abs(x) > farthest) return x > 0 ? 1 : 0;
  let sum = x;
  let term = x;
  for (let i = 3, before = 0; Math.abs(sum - before) > 0; i += 2) {
    term *= (x * x) / i;
    before = sum;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

/**
 * The x below which a share p of a standard normal lies, by Newton's method from 0: the distribution
 * function is concave above 0, so it never overshoots. Infinite for 0 and 1.
 */
export function normalQuantile(p: number): number {
  if (p < 0.5) return -normalQuantile(1 - p);
  if (p >= 1) return Infinity;
  let x = 0;
  for (let step = Infinity; step > 1e-12;) {
    step = (p - normalCumulative(x)) / density(x);
    x += step;
  }
  return x;
}

function density(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}
