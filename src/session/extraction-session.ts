import { UsageError } from '../core/errors.js';
import { Signals, type SignalCapacity } from '../extraction/signals.js';
import { buildFeatures, extractionProblem } from '../extraction/sets.js';
import { type FeatureSet, tooFew } from '../features/sets/feature-set.js';
import { BufferPool } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executor } from '../gpu/executor.js';
import { readBuffers } from '../gpu/readback.js';
import { GraphBuilder } from '../graph/builder.js';
import type { Scalars } from '../graph/types.js';
import { pad4 } from '../kernels/descriptor.js';
import { matmulsFor, type MatmulPlan } from '../plan/plan.js';
import { GrowingProgram, type ProgramWithTables } from './growing-program.js';
import { packSignals } from './signals.js';

/** Output: raw features of all frames, [frames, padded F]. */
const FEATURES = 'features.raw';

/**
 * The program from signals to the raw features of a set.
 *
 * @param matmul for the Fourier transform
 */
export function extractionProgram(
  set: FeatureSet,
  matmul: MatmulPlan,
  capacity: SignalCapacity,
): ProgramWithTables {
  const builder = new GraphBuilder(`features ${set.id}`, { ...capacity });
  const signals = new Signals(builder, capacity, matmul);
  buildFeatures(signals, set, 'output');
  return { program: builder.build(), tables: signals.tables.values() };
}

/**
 * A feature set on a device: features of recordings in float32, the same as the CPU's but for rounding.
 *
 * @example
 * const session = new ExtractionSession(engine, featureSet('prosody36'));
 * const [found] = await session.extract([samples]);
 * session.destroy();
 */
export class ExtractionSession {
  readonly #pool: BufferPool;
  readonly #executor: Executor;
  readonly #program: GrowingProgram;

  /** @throws UsageError for a set without kernels */
  constructor(
    readonly engine: Engine,
    readonly featureSet: FeatureSet,
    matmul: MatmulPlan = matmulsFor(engine.gpu.adapter).dense,
  ) {
    const problem = extractionProblem(featureSet);
    if (problem !== undefined) throw new UsageError(problem, 'Compute them on the CPU.');
    this.#pool = new BufferPool(engine.gpu);
    this.#executor = new Executor(engine.gpu);
    this.#program = new GrowingProgram(
      engine,
      this.#pool,
      this.#executor,
      ({ samples = 1, analysed = 1, recordings = 1 }: Scalars) =>
        extractionProgram(featureSet, matmul, { samples, analysed, recordings }),
    );
  }

  /**
   * The raw features of recordings; waits for the GPU.
   *
   * @param recordings mono at the set's rate in -1..1, [N] each
   * @returns [T, F] each, row-major
   * @throws AudioError for a recording that is shorter than a frame; MemoryRefusal
   */
  async extract(recordings: readonly Float32Array[]): Promise<Float32Array[]> {
    const set = this.featureSet;
    recordings.forEach(({ length }, i) => {
      if (set.frames(length) === 0) throw tooFew(length, set, `recording ${i}`);
    });
    const { size, scalars, inputs, signals } = packSignals(recordings, set);
    const executable = await this.#program.for({ ...size });
    for (const [name, data] of Object.entries(inputs)) executable.writeInput(name, data);
    await this.#executor.run([{ executable, scalars }]);
    const width = pad4(set.dimensions);
    const range = { ...executable.range(FEATURES), bytes: size.analysed * width * 4 };
    const [data = new ArrayBuffer(0)] = await readBuffers(this.engine.gpu, [range]);
    const all = new Float32Array(data);
    return recordings.map((_, row) => {
      const [first = 0, count = 0] = signals.subarray(4 * row + 2);
      return withoutPadding(
        all.subarray(first * width, (first + count) * width),
        width,
        set.dimensions,
      );
    });
  }

  /** Frees the buffers; the engine stays open. */
  destroy(): void {
    this.#program.destroy();
    this.#pool.destroy();
  }
}

/** [T, F] of [T, width]. */
function withoutPadding(padded: Float32Array, width: number, F: number): Float32Array {
  if (width === F) return padded.slice();
  return padded.filter((_, i) => i % width < F);
}
