/** Numbers for readers; non-finite ones become a dash. */
const dash = '–';

function finite(value: number, format: (value: number) => string): string {
  return Number.isFinite(value) ? format(value) : dash;
}

/** A share from 0 to 1 in percent with one decimal; the space does not break. */
export function percent(share: number): string {
  return finite(share, (x) => `${(100 * x).toFixed(1)}\u00a0%`);
}

/** A loss. */
export function decimals(value: number): string {
  return finite(value, (x) => x.toFixed(3));
}

/** A whole number in groups of three. */
export function integer(value: number): string {
  return finite(value, (x) => Math.round(x).toLocaleString('en-GB'));
}

/** A small number such as a learning rate. */
export function compact(value: number): string {
  return finite(value, (x) => String(Number(x.toPrecision(3))));
}

/** A length as minutes and seconds, or as seconds when it is short. */
export function duration(seconds: number): string {
  return finite(seconds, (x) => {
    if (x < 60) return `${x.toFixed(1)} s`;
    const whole = Math.round(x);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  });
}
