import { isDeviceLoss, MOST_DEVICE_LOSSES } from '../core/errors.js';
import type { Engine } from '../gpu/engine.js';
import { readLatestCheckpoint } from '../runs/checkpoint.js';
import { hashOf } from '../runs/config.js';
import { isBegun, readRunConfig } from '../runs/folder.js';
import { train, type RunResult, type TrainOptions } from './trainer.js';

/**
 * `train`, but when the device is lost (a driver reset, a GPU process that ended) it opens another and
 * resumes from the last checkpoint: bit-identically on the same adapter and driver.
 *
 * @example
 * const options = { engine, files, out: 'runs/first', data };
 * const { model } = await trainWithRecovery(options, () => openEngine());
 *
 * @param reopen opens a device after a loss
 * @throws like train; DeviceLostError if the device is lost three times without progress;
 *   DeviceClosedError, which is not a loss, once the device's owner has closed it
 */
export async function trainWithRecovery(
  options: TrainOptions,
  reopen: () => Promise<Engine>,
): Promise<RunResult> {
  const { files, out, log } = options;
  let now = options;
  let reached = -1; // step of the checkpoint at the last loss
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

/** Step of the run's newest checkpoint; 0 while there is none. */
async function stepOf({ files, out }: TrainOptions): Promise<number> {
  if (!(await isBegun(files, out))) return 0;
  const hash = await hashOf(await readRunConfig(files, out));
  const checkpoint = await readLatestCheckpoint(files, out, hash, () => undefined);
  return checkpoint?.progress.step ?? 0;
}
