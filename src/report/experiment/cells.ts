import type { CellReport } from './types.js';

const symbols = ['square', 'circle', 'triangle', 'diamond', 'star', 'wye'] as const;

/** A cell's colour and shape in every figure, so that either is enough. */
export interface CellMark {
  readonly colour: string;
  readonly symbol: (typeof symbols)[number];
}

/** The baseline, cell 0, is grey; colours and shapes repeat after the sixth. */
export function markOf(cell: number): CellMark {
  const n = cell % symbols.length;
  return { colour: `var(--series-${n})`, symbol: symbols[n] ?? 'circle' };
}

/** The cell of an example's model; the first if none has that name. */
export function cellIndex(cells: readonly Pick<CellReport, 'name'>[], name: string): number {
  return Math.max(
    0,
    cells.findIndex((cell) => cell.name === name),
  );
}

/** Names for files, in the order of the cells: lower case letters, digits and hyphens, each once. */
export function fileNames(cells: readonly Pick<CellReport, 'name'>[]): string[] {
  const taken = new Set<string>();
  return cells.map(({ name }, i) => {
    const base = plain(name) || `cell-${i + 1}`;
    let unique = base;
    for (let n = 2; taken.has(unique); n++) unique = `${base}-${n}`;
    taken.add(unique);
    return unique;
  });
}

function plain(name: string): string {
  const words =
    name
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, 40).replace(/-$/, '');
}
