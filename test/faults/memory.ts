import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes after garbage was collected; `device` is of the GPU's buffers. */
interface Memory {
  readonly at: number;
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  readonly device: number;
}

const MB = 2 ** 20;
/** What may come on top from the end of the warm-up to the last step, in bytes. */
const MOST = { rss: 16 * MB, heap: 2 * MB, external: 2 * MB, device: 0 } as const;
type Kind = keyof typeof MOST;
const kinds = ['rss', 'heap', 'external', 'device'] as const;

/** Share of a job that is warm-up: pools fill, code is compiled. */
const WARM_UP = 0.2;
const LOOKS = 100;

/** Looks at the memory of the process during a job of many like steps, whose memory has to be flat. */
export class MemoryWatch {
  readonly #samples: Memory[] = [];
  readonly #every: number;

  /** @param device bytes of GPU buffers held, where that can be told */
  constructor(
    private readonly steps: number,
    private readonly device: () => number = () => 0,
  ) {
    this.#every = Math.max(1, Math.floor(steps / LOOKS));
  }

  /** Call it after each step with the number of those done. */
  async after(done: number): Promise<void> {
    if (done % this.#every !== 0 && done !== this.steps) return;
    // what was waiting for a turn of the event loop is let go of in it
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve)); // finalisers let go of more
    collectGarbage();
    const { rss, heapUsed: heap, external } = process.memoryUsage();
    this.#samples.push({ at: done, rss, heap, external, device: this.device() });
  }

  /** The first and last looks after the warm-up in MB, and by how much the line through all looks rises. */
  summary(): Record<
    Kind,
    { readonly first: number; readonly last: number; readonly growth: number }
  > {
    const looks = this.#samples.filter(({ at }) => at >= WARM_UP * this.steps);
    const ofKind = (kind: Kind) => {
      const values = looks.map((look) => look[kind]);
      const rise = slope(
        looks.map(({ at }) => at),
        values,
      );
      const span = (looks.at(-1)?.at ?? 0) - (looks[0]?.at ?? 0);
      return { first: inMb(values[0]), last: inMb(values.at(-1)), growth: inMb(rise * span) };
    };
    return Object.fromEntries(kinds.map((kind) => [kind, ofKind(kind)])) as ReturnType<
      MemoryWatch['summary']
    >;
  }

  /** Fails where the memory of a kind has grown by more than it may. */
  expectFlat(): void {
    const found = this.summary();
    const grown = kinds.filter((kind) => found[kind].growth > MOST[kind] / MB);
    expect(grown, `grown, in MB: ${JSON.stringify(found)}`).toEqual([]);
  }
}

function inMb(bytes = NaN): number {
  return Number((bytes / MB).toFixed(3));
}

/** Of the line of least squares through points. */
function slope(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const over = xs.reduce((sum, x, i) => sum + (x - mx) * ((ys[i] ?? 0) - my), 0);
  const under = xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
  return under === 0 ? 0 : over / under;
}
