import type { Defines } from '../src/kernels/descriptor.js';

/** A small set of variants that covers every pair of settings. */
export function coveringPairs(variants: readonly Defines[]): Set<Defines> {
  const pairsOf = (defines: Defines): string[] => {
    const settings = Object.entries(defines).map(([name, value]) => `${name}=${value}`);
    return settings.flatMap((one, i) => settings.slice(i).map((other) => `${one} ${other}`));
  };
  const missing = new Set(variants.flatMap(pairsOf));
  const chosen = new Set<Defines>();
  while (missing.size > 0) {
    const gains = variants.map((defines) => pairsOf(defines).filter((p) => missing.has(p)));
    const best = gains.reduce(
      (most, { length }, i) => (length > (gains[most]?.length ?? 0) ? i : most),
      0,
    );
    const defines = variants[best];
    if (defines) chosen.add(defines);
    for (const pair of gains[best] ?? []) missing.delete(pair);
  }
  return chosen;
}
