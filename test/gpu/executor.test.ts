import { describe, expect, it } from 'vitest';
import type { Gpu } from '../../src/gpu/device.js';
import type { Executable } from '../../src/gpu/executable.js';
import { Executor, SUBMIT_LIMIT_MS } from '../../src/gpu/executor.js';

/** A software adapter that takes `milliseconds` over each run, and counts the submits. */
function slowGpu(milliseconds: () => number) {
  const encoder = { beginComputePass: () => ({ end: () => undefined }), finish: () => ({}) };
  const device = {
    createCommandEncoder: () => encoder,
    queue: {
      submit: () => undefined,
      onSubmittedWorkDone: () => new Promise((done) => setTimeout(done, milliseconds())),
    },
  };
  const wait = (promise: Promise<unknown>) => promise;
  return { adapter: { software: true }, check: () => undefined, wait, device } as unknown as Gpu;
}

/** A program of passes that each cost `flops`; it notes which passes were encoded. */
function program(passes: number, flops: number) {
  const encoded: number[] = [];
  const executable = {
    prepared: Array.from({ length: passes }),
    setScalars: () => undefined,
    flops: () => flops,
    encode: (_sink: unknown, from: number, to: number) => {
      for (let i = from; i < to; i++) encoded.push(i);
    },
  };
  return { encoded, runs: [{ executable: executable as unknown as Executable, scalars: {} }] };
}

describe('Executor', () => {
  it('cuts a run where the measured device would be held too long, and keeps its order', async () => {
    let milliseconds = 1;
    const executor = new Executor(slowGpu(() => milliseconds));
    const { encoded, runs } = program(20, 5e7);
    // not measured yet: 1 GFLOP is taken for a second on a software adapter
    await executor.run(runs);
    await executor.idle();
    expect(executor.submits).toBeGreaterThanOrEqual(1000 / SUBMIT_LIMIT_MS);
    // measured fast: one submit
    milliseconds = 300;
    await executor.run(runs);
    await executor.idle();
    expect(executor.submits).toBe(1);
    // the last run took 300 ms: two submits
    await executor.run(runs);
    await executor.idle();
    expect(executor.submits).toBe(2);
    const once = Array.from({ length: 20 }, (_, i) => i);
    expect(encoded).toEqual([...once, ...once, ...once]);
  });

  it('submits a pass by itself however long it takes', async () => {
    const executor = new Executor(slowGpu(() => 1));
    const { runs } = program(3, 1e12);
    await executor.run(runs);
    expect(executor.submits).toBe(3);
    await executor.idle();
  });
});
