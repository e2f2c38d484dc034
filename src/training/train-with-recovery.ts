import { isDeviceLoss, MOST_DEVICE_LOSSES } from '../core/errors.js';
import type { Engine } from '../gpu/engine.js';
import { readLatestCheckpoint } from '../runs/checkpoint.js';
import { hashOf } from '../runs/config.js';
import { isBegun, readRunConfig } from '../runs/folder.js';
import { train, type RunResult, type TrainOptions } from './trainer.js';

/**
 * `train`, but when the device is lost (a driver's reset, a GPU process that ended) it opens another and
 * goes on from the last checkpoint: to the same bits, on the same adapter and driver.
 *
 * @param reopen opens a device after a loss
 * @throws as train; DeviceLostError where the device is lost three times without getting further;
 *   DeviceClosedError, which is no loss, once the device's owner has closed it
 */
export async function trainWithRecovery(
  options: TrainOptions,
  reopen: () => Promise<Engine>,
): Promise<RunResult> {
  const { files, out, log } = options;
  let now = options;
  let reached = -1; // steps that a checkpoint had at the last loss
  for (let losses = 1; ; losses++) {
    try {
      return await train(now);
    } catch (error) {
      if (!isDeviceLoss(error)) throw error;
      const step = await stepOf(options);
      if (step > reached) losses = 1;
      if (losses >= MOST_DEVICE_LOSSES) throw error;
      reached = step;
      log?.(`${error.message}: resuming from step ${step} on a new device`);
      now = { ...options, engine: await reopen(), resume: await isBegun(files, out) };
    }
  }
}

/** Steps that the newest checkpoint of the run has; 0 while there is none. */
async function stepOf({ files, out }: TrainOptions): Promise<number> {
  if (!(await isBegun(files, out))) return 0;
  const hash = await hashOf(await readRunConfig(files, out));
  const checkpoint = await readLatestCheckpoint(files, out, hash, () => undefined);
  return checkpoint?.progress.step ?? 0;
}
