import type { LossSummary } from '../session/types.js';
import type { RunProgress } from '../runs/checkpoint.js';

/** Sums over the steps of an epoch so far. */
export type LossSums = RunProgress['losses'];

/** Means over the steps of an epoch. */
export type LossMeans = Pick<LossSummary, 'total' | 'tasks' | 'gradientNorm' | 'skipped'>;

/**
 * Collects the losses of an epoch without stalling training: a reading begins when it is requested and
 * is awaited at the next one, several steps later, when it has long arrived.
 *
 * The GPU sums a reading's steps in f32, so the last bits of the sums depend on where readings begin:
 * the caller begins them at fixed steps.
 */
export class LossMeter {
  #sums: LossSums;
  #reading: Promise<LossSummary> | undefined;

  /** @param start sums to continue from */
  constructor(start: LossSums) {
    this.#sums = start;
  }

  static readonly start: LossSums = { steps: 0, total: 0, tasks: {}, gradientNorm: 0, skipped: 0 };

  /** Begins to read the losses of the steps submitted since the last reading, which is settled. */
  begin(read: () => Promise<LossSummary>): void {
    this.#reading = read();
    // It is awaited later; if something else fails before that, this failure no longer matters.
    this.#reading.catch(() => undefined);
  }

  /** Waits for the reading under way, adds it to the sums and returns it; undefined if there is none. */
  async settle(): Promise<LossSummary | undefined> {
    const reading = await this.#reading;
    this.#reading = undefined;
    if (reading !== undefined) this.#sums = add(this.#sums, reading);
    return reading;
  }

  /** Sums of the readings that have arrived. */
  get sums(): LossSums {
    return this.#sums;
  }

  /** Means over the steps read that have a loss; for the norm, over the updates made. */
  static means({ steps, total, tasks, gradientNorm, skipped, lossless = 0 }: LossSums): LossMeans {
    const mean = (sum: number): number => sum / Math.max(1, steps - lossless);
    const each = Object.entries(tasks).map(([task, sum]) => [task, mean(sum)] as const);
    return {
      total: mean(total),
      tasks: Object.fromEntries(each),
      gradientNorm: gradientNorm / Math.max(1, steps - skipped),
      skipped,
    };
  }
}

function add(
  sums: LossSums,
  { steps, total, tasks, gradientNorm, skipped, lossless }: LossSummary,
): LossSums {
  const counted = steps - lossless;
  const sum = (mean: number): number => (counted > 0 ? mean * counted : 0); // else there is no mean
  const each = Object.entries(tasks).map(
    ([task, mean]) => [task, (sums.tasks[task] ?? 0) + sum(mean)] as const,
  );
  const without = (sums.lossless ?? 0) + lossless;
  return {
    steps: sums.steps + steps,
    total: sums.total + sum(total),
    tasks: Object.fromEntries(each),
    gradientNorm: sums.gradientNorm + gradientNorm * (steps - skipped),
    skipped: sums.skipped + skipped,
    ...(without > 0 && { lossless: without }),
  };
}
