import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Files } from '../../src/core/files.js';
import type { Reply, Request } from '../../src/features/workers/job.js';
import { recordingWebWorkers } from '../../src/platform/browser/recording-workers.js';

/** A worker that loads its code, or never does and says nothing, as happens in Firefox. */
class FakeWorker extends EventTarget {
  readonly got: Request[] = [];
  ended = false;

  constructor(private readonly loads: boolean) {
    super();
    if (loads) setTimeout(() => this.say({ ready: true }));
  }

  postMessage(request: Request): void {
    this.got.push(request);
    if (!this.loads || !('id' in request)) return;
    setTimeout(() => this.say({ id: request.id, value: 1.5 }));
  }

  terminate(): void {
    this.ended = true;
  }

  private say(data: Reply): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

describe('a web worker whose code is never loaded', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Workers of which some load, in the order in which they are started, and what is said of them. */
  function open(...loads: boolean[]) {
    const started: FakeWorker[] = [];
    const warnings: string[] = [];
    const start = () => {
      const worker = new FakeWorker(loads[started.length] ?? false);
      started.push(worker);
      return worker as unknown as Worker;
    };
    const files = {} as Files; // nothing is read in this thread
    const workers = recordingWebWorkers({
      start,
      files,
      workers: 2,
      warn: (line) => warnings.push(line),
    });
    return { workers, started, warnings };
  }

  it('is started again, and gets what the first one was asked', async () => {
    const { workers, started, warnings } = open(false, true);
    const seconds = workers.seconds('a.wav');
    await vi.advanceTimersByTimeAsync(6000);
    expect(await seconds).toBe(1.5);
    expect(started.map(({ ended }) => ended)).toEqual([true, false]);
    expect(started[1]!.got).toEqual(started[0]!.got);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(2);
    expect(warnings).toEqual([]);
    await workers.close();
    expect(started[1]!.ended).toBe(true);
  });

  it('is given up in the end: the work is done in this thread', async () => {
    const { workers, started, warnings } = open();
    const failed = expect(workers.seconds('a.wav')).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(60_000);
    await failed; // this thread has no files
    expect(started).toHaveLength(3);
    expect(started.every(({ ended }) => ended)).toBe(true);
    expect(warnings).toEqual([
      'no worker thread can be started (its module does not load): recordings are read one after the other',
    ]);
    await workers.close();
  });

  it('is not started again once the pool is closed', async () => {
    const { workers, started } = open(false, true);
    const closed = expect(workers.seconds('a.wav')).rejects.toThrow('the workers were closed');
    await workers.close();
    await closed;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(1);
  });
});
