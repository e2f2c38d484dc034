import { describe, expect, it } from 'vitest';
import { AdapterError, DispatchSizeError, GraphError } from '../../src/core/errors.js';
import { MemoryLimit } from '../../src/engine/memory-limit.js';
import { inferenceProgram } from '../../src/network/programs.js';
import type { Program } from '../../src/graph/types.js';

const whole = { utterances: 10, longest: 100, frames: 1000 };
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
    const most = limit.mostFrames(inferenceProgram, whole);
    expect(most).toBeGreaterThan(390);
    expect(most).toBeLessThanOrEqual(400);
    const none = limitOf(10, new DispatchSizeError('too many'));
    expect(() => none.mostFrames(inferenceProgram, whole)).toThrow(AdapterError);
  });

  it('hides no defect of a program', () => {
    const limit = limitOf(400, new GraphError('tensor too small'));
    expect(() => limit.fits(inferenceProgram, whole)).toThrow('tensor too small');
    expect(() => limit.mostFrames(inferenceProgram, whole)).toThrow(GraphError);
  });
});
