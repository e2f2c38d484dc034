/** Repeated runs of single passes of a program. */
import type { Gpu } from '../gpu/device.js';
import type { Executable, PassSink } from '../gpu/executable.js';
import type { Program, Scalars } from '../graph/types.js';
import { timeBlocks, timeOnce, type Clock, type Timing } from './timing.js';

/**
 * Encodes and submits passes `from` up to `to` repeatedly in one command buffer; resolves when the
 * device is done.
 */
export async function repeatPasses(
  gpu: Gpu,
  executable: Executable,
  from: number,
  to: number,
  times: number,
): Promise<void> {
  const encoder = gpu.device.createCommandEncoder();
  let pass: GPUComputePassEncoder | undefined;
  const end = () => {
    pass?.end();
    pass = undefined;
  };
  const sink: PassSink = {
    dispatch: () => (pass ??= encoder.beginComputePass()),
    clear: () => {
      end();
      return encoder;
    },
  };
  for (let i = 0; i < times; i++) executable.encode(sink, from, to);
  end();
  gpu.device.queue.submit([encoder.finish()]);
  await gpu.wait(gpu.device.queue.onSubmittedWorkDone());
  gpu.check();
}

/** Times one pass with the latest scalars, dispatched repeatedly in one command buffer per block. */
export async function timePass(
  gpu: Gpu,
  executable: Executable,
  index: number,
  seconds: number,
  clock?: Clock,
): Promise<Timing> {
  const run = (times: number) => repeatPasses(gpu, executable, index, index + 1, times);
  await run(1); // lavapipe compiles at the first dispatch, a GPU warms up
  const single = await timeOnce(() => run(1), clock);
  const several = Math.max(1, Math.min(100, Math.floor(20 / Math.max(single, 1e-3))));
  const trial = (await timeOnce(() => run(several), clock)) / several;
  return timeBlocks(run, trial, seconds, clock);
}

/** A value for every scalar that a program uses by name, besides the given ones. */
export function scalarsFor(program: Program, given: Scalars): Scalars {
  const scalars: Record<string, number> = { learning_rate: 1e-3 };
  for (const pass of program.passes) {
    if (pass.kind === 'clear') continue;
    for (const quantity of Object.values(pass.uniforms)) {
      if (typeof quantity === 'string') scalars[quantity] ??= 1;
    }
  }
  return { ...scalars, ...given };
}
