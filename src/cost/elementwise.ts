/** Kernels that read and write each number once: their bytes are their time. */
import { DROPOUT, numberOf, plus, times, type Dispatched, type KernelWork } from './kernel-work.js';

/** @param bytes that the dispatch moves */
export function elementwise(own: Dispatched, bytes: number): KernelWork {
  const { pass, uniforms, groups } = own;
  const { LANES, FRAMES } = pass.constants;
  const flop = pass.kernel.flops?.(uniforms) ?? 0;
  const quads = bytes / 16;
  return {
    groups,
    lanes: LANES ?? (FRAMES === undefined ? 64 : 8 * FRAMES),
    workgroupBytes: 0,
    steps: 1,
    loop: times(1 / groups, { madds: flop / 8, loads: quads }),
    rest: times(numberOf(pass.defines['DROPOUT'], 0) / groups, {
      integer: DROPOUT.integer * quads,
    }),
    barriers: 0,
    waits: 2,
    exchanges: 0,
    streamed: bytes / groups,
    inFlight: 16,
    again: false,
  };
}

/** A workgroup for each 32 x 32 of a matrix, or 8 x 8 of units with four gates each. */
export function transposed(own: Dispatched, bytes: number): KernelWork {
  const work = elementwise(own, bytes);
  return {
    ...work,
    rest: plus(work.rest, times(bytes / 16 / own.groups, { staged: 2 })),
    barriers: 1,
  };
}
