import type { Gpu } from '../../src/gpu/device.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { testAdapter } from './gpu.js';

/** What a device may hold, and what it was asked for. */
export interface Refusals {
  /** Most bytes from now on; may be set. */
  most: number;
  /** Bytes held of those made since. */
  readonly held: number;
  /** Most bytes held so far; may be set. */
  peak: number;
  /** Buffers refused. */
  readonly refused: number;
}

/** Drivers take buffers up to this from memory that they have already. */
const SMALL = 256;

interface RefusalOptions {
  /** Bytes up to which no buffer is refused. */
  readonly small?: number;
  /** Freed memory is held until the device has been waited for. */
  readonly late?: boolean;
}

/**
 * Makes a device refuse the buffers with which it would hold more than `most` bytes. The driver itself
 * refuses, for it is asked for more than it has in the buffer's stead: error and buffer are real ones.
 */
export function refuseMemory(
  gpu: Gpu,
  most = Infinity,
  { small = SMALL, late = false }: RefusalOptions = {},
): Refusals {
  const { device, limits } = gpu;
  const create = device.createBuffer.bind(device);
  const state = { most, held: 0, peak: 0, refused: 0 };
  let freed = 0;
  const done = device.queue.onSubmittedWorkDone.bind(device.queue);
  device.queue.onSubmittedWorkDone = async () => {
    const free = freed;
    freed = 0;
    await done();
    state.held -= free;
    return undefined;
  };
  device.createBuffer = (descriptor) => {
    const { size } = descriptor;
    if (size > small && state.held + size > state.most) {
      state.refused++;
      return create({ ...descriptor, size: limits.maxBufferSize });
    }
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    let alive = true;
    state.held += size;
    state.peak = Math.max(state.peak, state.held);
    buffer.destroy = () => {
      if (alive && late) freed += size;
      else if (alive) state.held -= size;
      alive = false;
      return destroy();
    };
    return buffer;
  };
  return state;
}

/** An engine of its own on a software adapter: those refuse their largest buffer, which a GPU may grant. */
export function openRefusable() {
  return openEngine({ adapter: testAdapter() === 'lavapipe' ? 'lavapipe' : 'swiftshader' });
}
