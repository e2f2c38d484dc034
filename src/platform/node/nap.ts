const cell = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 1;

/** Number of pending promises; one loop sleeps for all of them. */
let waiting = 0;
let napping = false;

/**
 * Waits for the pending work of a software adapter: commands to run, pipelines to compile. Dawn's bindings
 * poll the device at every turn of the event loop, which then spins and takes a core from the threads that
 * compute. Here the loop sleeps between its turns: on two cores a training step takes half the time, and a
 * result is seen at most a millisecond late.
 */
export async function napWhile<T>(promise: Promise<T>): Promise<T> {
  waiting++;
  if (!napping) void nap();
  try {
    return await promise;
  } finally {
    waiting--;
  }
}

async function nap(): Promise<void> {
  napping = true;
  while (waiting > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    if (waiting > 0) Atomics.wait(cell, 0, 0, NAP_MS);
  }
  napping = false;
}
