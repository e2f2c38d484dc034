import type { Gpu } from '../../src/gpu/device.js';
import { type AdapterChoice, adapterChoices, openGpu } from '../../src/platform/node/open-gpu.js';

let shared: Promise<Gpu> | undefined;

/** The adapter that tests run on: what ALSTM_ADAPTER names, or the best there is. */
export function testAdapter(): AdapterChoice | undefined {
  const named = process.env['ALSTM_ADAPTER'];
  if (!named) return undefined;
  const choice = adapterChoices.find((known) => known === named);
  if (choice === undefined) {
    throw new Error(`ALSTM_ADAPTER=${named}: want one of ${adapterChoices.join(', ')}`);
  }
  return choice;
}

/**
 * One device for all tests of a worker: of a file, or of all files that share a worker. A test that
 * leaves it with an error unread fails: one that provokes errors opens a device of its own.
 */
export function testGpu(): Promise<Gpu> {
  shared ??= openGpu({ adapter: testAdapter() });
  return shared;
}

/** Fails the test that has just ended, where it left the device with an error. */
export async function checkTestGpu(): Promise<void> {
  const gpu = await shared;
  await gpu?.device.queue.onSubmittedWorkDone();
  gpu?.check();
}
