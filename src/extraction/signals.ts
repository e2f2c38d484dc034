import type { GraphBuilder } from '../graph/builder.js';
import type { Tensor } from '../graph/types.js';
import { signalLevels } from '../kernels/features/signal_levels.js';
import type { MatmulPlan } from '../plan/plan.js';
import type { Table } from './tables.js';

/** Size of the signals of a batch, or of the largest that a graph holds. */
export interface SignalCapacity {
  readonly recordings: number;
  /** Samples of all recordings. */
  readonly samples: number;
  /** Frames of all recordings. */
  readonly analysed: number;
}

/** What the passes of a feature set share: the signals of some recordings, one after the other, and their frames. */
export class Signals {
  /** Mono at the set's rate, [samples]: an input. */
  readonly samples: Tensor;
  /** (first sample, samples, first frame, frames) of each recording: an input. */
  readonly signals: Tensor;
  /** (first sample, t, frames of the recording, recording) of each frame: an input. */
  readonly framePlaces: Tensor;
  /** (mean, rest of the mean, 1 / peak, 0) of each recording. */
  readonly levels: Tensor;
  /** Constants that have to be in the persistent buffers of their names. */
  readonly tables = new Map<string, Table>();
  readonly #made = new Map<string, unknown>();

  /** @param matmul for the Fourier transform; operands are in f32 */
  constructor(
    readonly builder: GraphBuilder,
    readonly capacity: SignalCapacity,
    readonly matmul: MatmulPlan,
  ) {
    const { samples, recordings, analysed } = capacity;
    this.samples = builder.tensor('samples', [samples], 'input');
    this.signals = builder.tensor('signals', [recordings, 4], 'input', 'u32');
    this.framePlaces = builder.tensor('frame_places', [analysed, 4], 'input', 'u32');
    this.levels = builder.tensor('levels', [recordings, 4]);
    builder.dispatch('signal levels', signalLevels, {
      bindings: { samples: this.samples, signals: this.signals, levels: this.levels },
      uniforms: { rows: 'recordings', samples: 'samples' },
    });
  }

  /** A tensor with a row per frame. */
  perFrame(name: string, width = 1, kind: 'transient' | 'output' = 'transient'): Tensor {
    return this.builder.tensor(name, [this.capacity.analysed, width], kind);
  }

  /** A constant tensor. */
  table(table: Table): Tensor {
    const { name, shape, data } = table;
    this.tables.set(name, table);
    return this.once(name, () =>
      this.builder.tensor(name, shape, 'persistent', data instanceof Uint32Array ? 'u32' : 'f32'),
    );
  }

  /** What several sets need is made once. */
  once<T>(name: string, make: () => T): T {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name) as T;
  }
}
