const cell = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 1;

/** How many promises are waited for; one loop naps for all of them. */
let waiting = 0;
let napping = false;

/**
 * Waits for what a software adapter has in hand: commands to run, pipelines to compile. Dawn's bindings ask
 * the device whether it is done at every turn of the event loop, which then turns without rest and takes a
 * processor from the very threads that compute. Here the loop sleeps between its turns: on two cores a
 * training step takes half the time, and a result is seen at most a millisecond late.
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
