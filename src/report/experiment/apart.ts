/**
 * Positions for labels near their values: at least `gap` apart, moved no more than necessary.
 *
 * @param values ascending
 * @param range that the positions stay in if there is room
 * @returns a position for each value, ascending
 */
export function apart(
  values: readonly number[],
  gap: number,
  [low, high]: readonly [number, number],
): number[] {
  const up: number[] = [];
  for (const value of values) up.push(Math.max(value, (up.at(-1) ?? -Infinity) + gap));
  const down: number[] = [];
  for (const value of [...values].reverse()) {
    down.push(Math.min(value, (down.at(-1) ?? Infinity) - gap));
  }
  down.reverse();
  // Midway, neighbours are still a gap apart.
  const places = values.map((_, i) => ((up[i] ?? 0) + (down[i] ?? 0)) / 2);
  const above = Math.max(0, (places.at(-1) ?? high) - high);
  const moved = places.map((place) => place - above);
  const below = Math.max(0, low - (moved[0] ?? low));
  return moved.map((place) => place + below);
}
