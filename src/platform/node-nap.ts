const cell = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 1;

/**
 * Waits for what a software adapter has in hand. Dawn's bindings ask the device whether it is done at
 * every turn of the event loop, which then turns without rest and takes a processor from the very
 * threads that compute. Here the loop sleeps between its turns: on two cores a training step takes half
 * the time, and a result is seen at most a millisecond late.
 */
export async function napWhile<T>(promise: Promise<T>): Promise<T> {
  let waiting = true;
  const settled = promise.finally(() => (waiting = false));
  settled.catch(() => undefined); // it is the caller's, below
  while (waiting) {
    await new Promise((resolve) => setImmediate(resolve));
    if (waiting) Atomics.wait(cell, 0, 0, NAP_MS);
  }
  return settled;
}
