/** A recurrent cell by its name: the LSTM, the A-LSTM, the GRU and their variants. */
export type Cell = 'lstm' | 'mean-lstm' | 'a-lstm' | 'gru' | 'a-gru';

/** What a recurrent cell computes: the single description that all other code follows. */
export interface CellTraits {
  /** Display name. */
  readonly title: string;
  /** `lstm`: a cell state C beside h (Eq. 3-7); `gru`: h alone. */
  readonly kind: 'lstm' | 'gru';
  /** The file of shaders/recurrence/cells that computes a step of it, by its stem. */
  readonly wgsl: string;
  /** In the order of the rows of `weight_ih` and `weight_hh`, H each. */
  readonly gates: readonly string[];
  /** States that later steps combine, in the order in which the device stores them. */
  readonly states: readonly ('C' | 'h')[];
  /**
   * The device stores four numbers per unit and step. For each block of H rows of a parameter: which of the
   * four it acts on.
   */
  readonly slots: Readonly<Record<'weight_ih' | 'weight_hh' | 'bias', readonly number[]>>;
  /** Start value of each block of H of `bias`. */
  readonly startBias: readonly number[];
  /** How states of earlier steps are combined (Eq. 8-12): not at all, with equal or with learned weights. */
  readonly combination: 'none' | 'mean' | 'attention';
}

const lstm = {
  kind: 'lstm',
  gates: ['input', 'forget', 'candidate', 'output'],
  states: ['C', 'h'],
  slots: { weight_ih: [0, 1, 2, 3], weight_hh: [0, 1, 2, 3], bias: [0, 1, 2, 3] },
  wgsl: 'lstm_cell',
  startBias: [0, 1, 0, 0], // the forget gate's 1: Jozefowicz, Zaremba and Sutskever 2015
} as const;

/** The fourth number of a unit is W_hn h' + b_hn, which r acts on. */
const gru = {
  kind: 'gru',
  gates: ['reset', 'update', 'candidate'],
  states: ['h'],
  slots: { weight_ih: [0, 1, 2], weight_hh: [0, 1, 3], bias: [0, 1, 2, 3] },
  wgsl: 'gru_cell',
  startBias: [0, 0, 0, 0],
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

/** Whether states of earlier steps are combined. */
export function combinesStates(cell: Cell): boolean {
  return cellTraits(cell).combination !== 'none';
}

/** Whether they are combined with learned weights: the cell has an attention vector. */
export function attendsToStates(cell: Cell): boolean {
  return cellTraits(cell).combination === 'attention';
}

/** Kinds of states that later steps combine: C and h, or h alone. */
export function stateCount(cell: Cell): number {
  return cellTraits(cell).states.length;
}
