import type { Engine } from '../../src/gpu/engine.js';

/** Destroys the device right after it was given so many more commands, which it then never ends. */
export function loseAfter(engine: Engine, submits: number): void {
  const { device } = engine.gpu;
  const { queue } = device;
  const submit = queue.submit.bind(queue);
  let left = submits;
  queue.submit = (buffers) => {
    submit(buffers);
    if (--left === 0) device.destroy();
  };
}
