import { describe, expect, it, vi } from 'vitest';
import { AdapterError, DispatchSizeError, GraphError } from '../../src/core/errors.js';
import { BatchPacker, lengthsOf, sizeOf } from '../../src/session/batch.js';
import { MemoryLimit } from '../../src/session/memory-limit.js';
import { TrainingSession } from '../../src/session/training-session.js';
import { trainingSplit } from '../../src/session/training-split.js';
import { inferenceProgram } from '../../src/network/programs.js';
import type { Program } from '../../src/graph/types.js';
import { largestMicrobatch } from '../../src/tuning/batch.js';
import { testEngine } from '../support/engine.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';

const whole = { utterances: 10, longest: 95, frames: 950 };
const lengths = new Int32Array(10).fill(95);
const program = { buffers: [{ name: 'x', kind: 'transient', bytes: 16 }] } as unknown as Program;

/** Of programs that cannot be built beyond so many frames. */
function limitOf(most: number, error: Error): MemoryLimit {
  const limits = { maxBufferSize: 1e6, maxStorageBufferBindingSize: 1e6 } as GPUSupportedLimits;
  const programOf = (_: unknown, { frames }: { readonly frames: number }) => {
    if (frames > most) throw error;
    return program;
  };
  return new MemoryLimit(limits, undefined, () => 0, programOf, undefined);
}

describe('the memory limit', () => {
  it('splits a batch that is more workgroups than WebGPU dispatches', () => {
    const limit = limitOf(400, new DispatchSizeError('too many'));
    expect(limit.fits(inferenceProgram, whole)).toBe(false);
    const { microbatches, size } = limit.split(inferenceProgram, lengths);
    const rows = [...lengths.keys()];
    expect(microbatches).toEqual([rows.slice(0, 4), rows.slice(4, 8), rows.slice(8)]);
    expect(size).toEqual({ frames: 380, utterances: 4, longest: 95 });
    const none = limitOf(10, new DispatchSizeError('too many'));
    expect(() => none.split(inferenceProgram, lengths)).toThrow(AdapterError);
  });

  it('hides no defect of a program', () => {
    const limit = limitOf(400, new GraphError('tensor too small'));
    expect(() => limit.fits(inferenceProgram, whole)).toThrow('tensor too small');
    expect(() => limit.split(inferenceProgram, lengths)).toThrow(GraphError);
  });
});

describe('a batch that does not fit whole', () => {
  const model = tinyModel();
  const long = Int32Array.from([40, 9, 22, 31, 12, 17, 5, 28]);

  it('is split alike by training, and by those who tune for it and count its work', async () => {
    const engine = await testEngine();
    const parameters = randomParameters(model);
    const optimizer = { name: 'sgd', momentum: 0 } as const;
    const pack = vi.spyOn(BatchPacker.prototype, 'pack');
    try {
      let several = 0;
      for (const memoryBudget of [76_000, 94_000, 190_000]) {
        const options = { parameters, optimizer, memoryBudget };
        const session = await TrainingSession.create(engine, model, options);
        const { plan } = session;
        const { microbatches } = trainingSplit(
          engine.gpu,
          { model, plan, optimizer, memoryBudget },
          long,
        );
        pack.mockClear();
        await session.step(randomBatch(model, [...long]), 0.01);
        expect(pack.mock.calls.map(([, , rows]) => rows)).toEqual(microbatches);
        const most = Math.max(...microbatches.map((rows) => sizeOf(long, rows).frames));
        // made-up lengths of the same capacity as the tuner has them
        const whole = sizeOf(long, [...long.keys()]);
        const made = lengthsOf(whole);
        expect(sizeOf(made, [...made.keys()])).toEqual(whole);
        pack.mockClear();
        await session.step(randomBatch(model, [...made]), 0.01);
        const frames = pack.mock.calls.map(([, , rows]) => sizeOf(made, rows).frames);
        const split = { model, plan, optimizer, memoryBudget };
        expect(largestMicrobatch(engine.gpu, split, whole).frames).toBe(Math.max(...frames));
        session.destroy();
        expect(most).toBeLessThanOrEqual(whole.frames);
        if (microbatches.length > 1) several++;
      }
      expect(several).toBeGreaterThan(1);
    } finally {
      pack.mockRestore();
    }
  });
});
