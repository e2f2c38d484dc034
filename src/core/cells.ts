export type Cell = 'lstm' | 'mean-lstm' | 'a-lstm' | 'gru' | 'a-gru';

/** What a recurrent cell computes, as far as others have to tell cells apart. */
export interface CellTraits {
  /** As people write it. */
  readonly title: string;
  /** `lstm`: a cell state C beside h (Eq. 3-7); `gru`: h alone. */
  readonly kind: 'lstm' | 'gru';
  /** What a step leaves to later ones, and what of it they may combine. */
  readonly states: readonly ['C', 'h'] | readonly ['h'];
  /** The file of shaders/recurrence/cells that computes a step of it, by its stem. */
  readonly wgsl: string;
  /** In the order of the rows of `weight_ih` and `weight_hh`, H each. */
  readonly gates: readonly string[];
  /** How states of steps before are combined (Eq. 8-12): not at all, by equal or by learned weights. */
  readonly combination: 'none' | 'mean' | 'attention';
}

const lstm = {
  kind: 'lstm',
  states: ['C', 'h'],
  gates: ['input', 'forget', 'candidate', 'output'],
  wgsl: 'lstm_cell',
} as const;
const gru = {
  kind: 'gru',
  states: ['h'],
  gates: ['reset', 'update', 'candidate'],
  wgsl: 'gru_cell',
} as const;

const traits: Readonly<Record<Cell, CellTraits>> = {
  lstm: { ...lstm, title: 'LSTM', combination: 'none' },
  'mean-lstm': { ...lstm, title: 'mean LSTM', combination: 'mean' },
  'a-lstm': { ...lstm, title: 'A-LSTM', combination: 'attention' },
  gru: { ...gru, title: 'GRU', combination: 'none' },
  'a-gru': { ...gru, title: 'A-GRU', combination: 'attention' },
};

/** All cells. */
export const cells = Object.keys(traits) as [Cell, ...Cell[]];

export function cellTraits(cell: Cell): CellTraits {
  return traits[cell];
}

/** Whether states of steps before are combined. */
export function combinesStates(cell: Cell): boolean {
  return cellTraits(cell).combination !== 'none';
}

/** Whether they are combined by learned weights: the cell has an attention vector. */
export function attendsToStates(cell: Cell): boolean {
  return cellTraits(cell).combination === 'attention';
}

/** Kinds of states that later steps combine: C and h, or h alone. */
export function stateCount(cell: Cell): number {
  return cellTraits(cell).states.length;
}
