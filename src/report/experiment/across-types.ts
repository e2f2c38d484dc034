import type { Estimate } from './types.js';

/** Cells compared over the speakers of several corpora. */
export interface AcrossReport {
  readonly corpora: readonly { readonly name: string; readonly folders: readonly string[] }[];
  /** Cells and ensembles that all corpora have. */
  readonly cells: readonly AcrossCell[];
  readonly comparisons: readonly AcrossComparison[];
}

export interface AcrossCell {
  readonly name: string;
  readonly ensemble: boolean;
  readonly speakers: number;
  /** Mean over all speakers; its interval by bootstrap within each corpus. */
  readonly uar: Estimate;
  /** Mean over the speakers of each corpus. */
  readonly byCorpus: Readonly<Record<string, number>>;
}

/** A pair of cells, by UAR. */
export interface AcrossComparison {
  readonly cell: string;
  readonly baseline: string;
  /** Mean over all speakers of cell minus baseline. */
  readonly difference: number;
  /** The same as a share of the baseline's mean. */
  readonly relative: number;
  /** 95%, by bootstrap over the speakers within each corpus; absent if there are too few. */
  readonly interval?: readonly [number, number];
  /** Of the two-sided sign-flip test over the speakers; absent if there are too few. */
  readonly p?: number;
  /** Speakers that both have. */
  readonly units: number;
  /** Mean difference over the speakers of each corpus. */
  readonly byCorpus: Readonly<Record<string, number>>;
}
