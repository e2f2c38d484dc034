import { attendsToStates, combinesStates, stateCount } from '../../../core/cells.js';
import type { RecurrentConfig } from '../../../core/config.js';
import type { RecurrentLayer } from '../../../core/layers.js';
import { pad4 } from '../../../kernels/descriptor.js';
import type { NetworkContext } from '../../context.js';
import type { TimeAxis } from '../../time.js';

/** Sizes of a recurrent layer on the device, padded. */
export interface RecurrentShape {
  /** Units per direction, H. */
  readonly units: number;
  readonly directions: number;
  /** D: units of both directions. */
  readonly width: number;
  /** Scalars that a step stores per direction for later combinations and for backward. */
  readonly stateStride: number;
}

export function recurrentShape({
  cell,
  units: own,
  bidirectional,
  offsets,
}: RecurrentConfig): RecurrentShape {
  const units = pad4(own);
  const directions = bidirectional ? 2 : 1;
  const kinds = stateCount(cell);
  return {
    units,
    directions,
    width: units * directions,
    stateStride: combinesStates(cell) ? kinds * units + pad4(kinds * offsets.length) : units,
  };
}

/** A recurrent layer in a graph: what its passes over time share. */
export class Recurrence {
  readonly shape: RecurrentShape;

  constructor(
    readonly net: NetworkContext,
    readonly config: RecurrentLayer,
    readonly time: TimeAxis,
  ) {
    this.shape = recurrentShape(config);
  }

  get name(): string {
    return this.config.name;
  }

  get combines(): boolean {
    return combinesStates(this.config.cell);
  }

  get attends(): boolean {
    return attendsToStates(this.config.cell);
  }

  /** Kinds of states that steps combine: C and h, or h alone. */
  get kinds(): number {
    return stateCount(this.config.cell);
  }

  /** The farthest step back that a combination reaches. */
  get farthest(): number {
    return Math.max(...this.config.offsets);
  }

  /** The full name of one of its tensors or parameters. */
  own(name: string): string {
    return `${this.name}.${name}`;
  }
}
