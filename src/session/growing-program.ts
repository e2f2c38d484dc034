import type { Table } from '../extraction/tables.js';
import type { BufferPool } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import type { Executor } from '../gpu/executor.js';
import type { Program, Scalars } from '../graph/types.js';

/** A program, and the constants that it reads from persistent buffers. */
export interface ProgramWithTables {
  readonly program: Program;
  readonly tables: Iterable<Table>;
}

/** Spare room with which a program grows, so that it is not rebuilt for every batch that is a little larger. */
const SPARE = 1.25;

/** A program for batches of any size, rebuilt when one does not fit. */
export class GrowingProgram {
  #made: { readonly executable: Executable; readonly capacity: Scalars } | undefined;

  /** @param build for a capacity, by the names of `sizes` */
  constructor(
    private readonly engine: Engine,
    private readonly pool: BufferPool,
    private readonly executor: Executor,
    private readonly build: (capacity: Scalars) => ProgramWithTables,
  ) {}

  /**
   * The program for a batch of these sizes.
   *
   * @throws MemoryRefusal if the device has no memory for it; AdapterError or DispatchSizeError if it is too large for
   *   the device
   */
  async for(sizes: Scalars): Promise<Executable> {
    const known = this.#made;
    const fits = (name: string): boolean => (known?.capacity[name] ?? 0) >= sizes[name]!;
    if (known && Object.keys(sizes).every(fits)) return known.executable;
    const grown = (name: string, size: number): number =>
      Math.max(known?.capacity[name] ?? 0, Math.ceil(size * (known ? SPARE : 1)));
    const capacity = Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [name, grown(name, size)]),
    );
    await this.executor.idle();
    this.destroy();
    this.pool.dropTransient();
    const { program, tables } = this.build(capacity);
    for (const { name, data } of tables) {
      this.pool.write(name, new Float32Array(data.buffer), data.byteLength);
    }
    const { gpu, pipelines } = this.engine;
    const executable = await Executable.create(gpu, pipelines, this.pool, program);
    this.#made = { executable, capacity };
    return executable;
  }

  destroy(): void {
    this.#made?.executable.destroy();
    this.#made = undefined;
  }
}
