interface Settable {
  set(part: ArrayLike<number>, at: number): void;
}

/** Concatenates arrays into a new one. */
export function concatenate<T extends Settable>(
  Kind: new (length: number) => T,
  parts: readonly ArrayLike<number>[],
): T {
  const whole = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `concatenate`, but an array that is the only non-empty one is not copied. */
export function joined<T extends Settable & ArrayLike<number>>(
  Kind: new (length: number) => T,
  parts: readonly T[],
): T {
  const [first, ...others] = parts.filter(({ length }) => length > 0);
  return first !== undefined && others.length === 0 ? first : concatenate(Kind, parts);
}
