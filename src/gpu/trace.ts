import { AdapterError } from '../core/errors.js';
import { USAGE } from './buffers.js';
import type { Gpu } from './device.js';
import { readBack } from './readback.js';
import type { GPUComputePassTimestampWrites, GPUQuerySet } from './webgpu.js';

/** Most timestamps in a query set: WebGPU's limit. */
export const MOST_QUERIES = 4096;

/**
 * One pass: times in microseconds since the first pass of the trace. A pass may begin while the one before it
 * still runs; its time counts from that one's end, so that times add up to what they take together.
 */
export interface TraceEvent {
  readonly name: string;
  readonly start: number;
  readonly duration: number;
}

/** Times every pass with timestamp queries, until it is full. */
export class Tracer {
  readonly #gpu: Gpu;
  readonly #names: string[] = [];
  readonly #queries: GPUQuerySet;

  /** Throws AdapterError if the adapter has no timestamp queries. */
  constructor(gpu: Gpu) {
    if (!gpu.features.has('timestamp-query')) {
      throw new AdapterError(
        `adapter ${gpu.adapter.name} has no timestamp queries`,
        'drop --trace, or choose another --adapter',
      );
    }
    this.#gpu = gpu;
    this.#queries = gpu.device.createQuerySet({ type: 'timestamp', count: MOST_QUERIES });
  }

  /** Timestamp slots of the next pass; undefined once the trace is full. */
  begin(name: string): GPUComputePassTimestampWrites | undefined {
    const at = this.#names.length * 2;
    if (at + 2 > MOST_QUERIES) return undefined;
    this.#names.push(name);
    return {
      querySet: this.#queries,
      beginningOfPassWriteIndex: at,
      endOfPassWriteIndex: at + 1,
    };
  }

  /** Waits for the GPU and returns the passes in order. */
  async events(): Promise<TraceEvent[]> {
    const count = this.#names.length * 2;
    if (count === 0) return [];
    const size = count * 8;
    const times = await readBack(
      this.#gpu,
      size,
      (encoder, into, create) => {
        const resolved = create({ size, usage: USAGE.QUERY_RESOLVE | USAGE.COPY_SRC });
        encoder.resolveQuerySet(this.#queries, 0, count, resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, into, 0, size);
      },
      (mapped) => new BigUint64Array(mapped.slice(0)),
    );
    return traceEvents(this.#names, times);
  }

  destroy(): void {
    this.#queries.destroy();
  }
}

/** @param times begin and end of each pass in nanoseconds, in the order of execution */
export function traceEvents(names: readonly string[], times: BigUint64Array): TraceEvent[] {
  const origin = times[0] ?? 0n;
  let before = 0;
  return names.map((name, i) => {
    const [began, ended] = [times[2 * i] ?? origin, times[2 * i + 1] ?? origin];
    const start = Math.max(before, Number(began - origin) / 1000);
    const end = Math.max(start, Number(ended - origin) / 1000);
    before = end;
    return { name, start, duration: end - start };
  });
}

/** The Trace Event format that chrome://tracing and ui.perfetto.dev open. */
export function chromeTrace(events: readonly TraceEvent[], adapter: string): string {
  const track = { ph: 'M', pid: 1, name: 'process_name', args: { name: `GPU: ${adapter}` } };
  const complete = events.map(({ name, start, duration }) => ({
    ph: 'X',
    pid: 1,
    tid: 1,
    name,
    cat: 'pass',
    ts: start,
    dur: duration,
  }));
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents: [track, ...complete] });
}
