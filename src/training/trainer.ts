import type { StopSignal } from '../core/host-types.js';
import { VERSION } from '../core/version.js';
import { TrainingSession } from '../session/training-session.js';
import { modelFolderOf } from '../model/folder.js';
import {
  endingOf,
  EpochLoop,
  largestBatch,
  progressStart,
  type Ending,
  type TrainProgress,
} from './epoch-loop.js';
import type { EpochLog } from '../runs/log.js';
import { DerivedLogs } from '../runs/log-formats.js';
import { prepareNew, prepareResume, type Prepared, type RunOptions } from './prepare.js';
import type { Machine, RunConfig } from '../runs/config.js';
import { isBegun, lockRun, refuseUsedFolder, writeRunConfig } from '../runs/folder.js';
import { runPlan } from './plan.js';
import { StepTrace } from './step-trace.js';

export type { TrainProgress };

/** A training step by step: the device, the files and the data are given. */
export interface TrainOptions extends RunOptions {
  /** Resume the run in `out`. */
  readonly resume?: boolean | undefined;
  /** File for a Chrome trace of the first steps. */
  readonly trace?: string | undefined;
  /** Once aborted, training writes a checkpoint within a few steps and ends; it can be resumed. */
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: ((progress: TrainProgress) => void) | undefined;
}

/** What a training leaves: its run folder, its model, and how it went. */
export interface RunResult {
  readonly run: string;
  /** Folder of the best model, or of the last one if that is kept. */
  readonly model: string;
  /** The epoch of that model; undefined if the first epoch was interrupted, in which case no model was written. */
  readonly best: EpochLog | undefined;
  /** All epochs. */
  readonly log: readonly EpochLog[];
  readonly stopped: Ending;
}

/**
 * Trains a model into a run folder: `config.json`, `log.jsonl` (a line an epoch; other formats beside it
 * on request), `checkpoints/` (the last two) and `model/` (the best so far, or the last with
 * `training.keep`; with `training.ema` the average of its parameters). Nothing is written before
 * everything is checked and the model is on the device.
 *
 * A run that ended at any moment resumes bit-identically with `resume`, on the same adapter, driver and
 * version: parameters, moments and progress come from the newest checkpoint, all else follows from seed,
 * epoch and step. If the device can allocate less or more memory than before, batches are split into other
 * microbatches and sums are rounded differently; set `training.memoryBudget` to prevent that.
 *
 * An update whose loss or gradient is not finite is never made; within ten steps this is noticed, the batch
 * is replayed to find the pass and tensor it comes from, and `training.onNonFinite` is applied. In half
 * precision, a gradient that is not finite is such a fault only once the loss scale is down to 1; until then
 * it halves the scale, like torch.amp.GradScaler. An epoch without any update ends the run; a run ended by
 * `stop` may be resumed with another `onNonFinite`.
 *
 * Training runs for `training.epochs`, or until validation accuracy (of emotion, else of the first head's
 * task; CCC where that is a regression) was strictly below its best for `training.patience` epochs in a row.
 *
 * @throws FileError if `out` is in use, also by another process, or with `resume` is not a run; ConfigError
 *   for settings that are invalid or not the run's, and if training diverges; CorpusError for data without
 *   labels, or not the run's; AdapterError if the model does not fit; WriteError; DeviceLostError
 */
export async function train(options: TrainOptions): Promise<RunResult> {
  const { files, out, resume } = options;
  // a new run locks its folder once all is checked, so that a refusal leaves nothing behind
  const release = resume && (await isBegun(files, out)) ? await lockRun(files, out) : undefined;
  try {
    const prepared = await (resume ? prepareResume(options) : prepareNew(options));
    return await trainPrepared(options, prepared);
  } finally {
    await release?.();
  }
}

async function trainPrepared(options: TrainOptions, prepared: Prepared): Promise<RunResult> {
  const { engine, files, out } = options;
  const { begun, hash, checkpoint, log } = prepared;
  const { training } = begun;
  const progress = checkpoint?.progress ?? progressStart;
  const ending = endingOf(progress, training);
  const tasks = begun.model.heads.map(({ task }) => task);
  const logs = new DerivedLogs(files, out, begun.logFormats ?? [], tasks);
  if (options.resume) await logs.write(log);
  if (ending !== undefined) {
    const { before, moved = false } = prepared;
    // `evaluate` needs the path of its recordings
    if (before !== undefined && moved) {
      await writeRunConfig(files, out, configOf(prepared, before, progress.step));
    }
    return resultOf(out, log, ending);
  }
  const capacity = largestBatch(options.data.training.lengths, training.batch);
  const plan = await runPlan(options, prepared, capacity);
  const session = await TrainingSession.create(engine, begun.model, {
    parameters: prepared.parameters,
    plan,
    optimizer: training.optimizer,
    clipNorm: training.clipNorm,
    seed: begun.seed,
    ema: training.ema,
    augment: training.augment,
    memoryBudget: training.memoryBudget || undefined,
    log: options.log,
    holdAtFault: training.onNonFinite === 'stop',
  });
  let release: (() => Promise<void>) | undefined;
  try {
    if (checkpoint !== undefined) session.loadState(checkpoint.state);
    const { name: adapter, driver } = engine.gpu.adapter;
    const machine = { version: VERSION, adapter, driver, plan: session.plan };
    const config = configOf(prepared, machine, progress.step);
    const trace =
      options.trace === undefined
        ? undefined
        : new StepTrace(session, files, options.trace, adapter);
    const { data, signal, log: tell, onProgress } = options;
    const run = {
      session,
      files,
      run: out,
      config,
      hash,
      logs,
      data,
      trace,
      signal,
      tell,
      onProgress,
    };
    const loop = new EpochLoop(run);
    await loop.reserve();
    if (!options.resume) {
      release = await lockRun(files, out);
      await refuseUsedFolder(files, out); // another may have been faster
    }
    await writeRunConfig(files, out, config);
    const result = await loop.run(progress, log);
    await trace?.finish(); // for a run of fewer steps
    return resultOf(out, result.log, result.stopped);
  } finally {
    session.destroy();
    await release?.();
  }
}

/** The configuration of a run resumed here, with the machines that it ran on before. */
function configOf({ begun, before }: Prepared, machine: Machine, step: number): RunConfig {
  const { format, earlier = [], ...rest } = begun;
  const moved = before !== undefined && JSON.stringify(before) !== JSON.stringify(machine);
  const machines = moved && step > 0 ? [...earlier, { ...before, untilStep: step }] : earlier;
  return {
    format,
    ...machine,
    ...rest,
    ...(machines.length > 0 && { earlier: machines }),
  };
}

function resultOf(run: string, log: readonly EpochLog[], stopped: Ending): RunResult {
  const best = log.findLast((entry) => entry.best);
  return { run, model: modelFolderOf(run), best, log, stopped };
}
