import type { Files } from '../core/files.js';
import type { StopSignal } from '../core/host-types.js';
import { readAhead } from '../core/read-ahead.js';
import type { TrainingSession } from '../session/training-session.js';
import type { TrainingState } from '../session/types.js';
import type { BatchCapacity } from '../network/time.js';
import { modelFolderOf, writeModel, type Provenance } from '../model/folder.js';
import {
  diverged,
  refuseNotFinite,
  writeCheckpoint,
  type RunProgress,
} from '../runs/checkpoint.js';
import type { TrainingConfig } from '../runs/settings.js';
import type { RunData } from '../data/source.js';
import { batchOf } from '../data/dataset.js';
import { afterEpoch, shouldStop, stoppingStart } from './early-stopping.js';
import { FaultWatch } from './fault-watch.js';
import { faultStart } from '../runs/faults.js';
import { appendLog, type EpochLog } from '../runs/log.js';
import type { DerivedLogs } from '../runs/log-formats.js';
import { LossMeter, type LossMeans, type LossSums } from './loss-meter.js';
import type { RunConfig } from '../runs/config.js';
import { epochBatches } from '../data/sampler.js';
import { learningRateAt } from '../runs/schedule.js';
import type { StepTrace } from './step-trace.js';
import { decidingHead, decidingScore, validate } from '../scoring/validation.js';

/** Losses are read, and interruptions noticed, every so many steps of an epoch. */
const READ_STEPS = 5;
/** Batches that are on their way while one is computed: from a disk, some take longer than others. */
const READ_AHEAD = 3;
/** Minimum time between two progress reports within an epoch. */
const REPORT_MS = 500;

/** How far a training is: within an epoch, or at the end of one. */
export type TrainProgress =
  | {
      readonly kind: 'step';
      /** From 1. */
      readonly epoch: number;
      /** Most epochs. */
      readonly epochs: number;
      /** Batches of the epoch done. */
      readonly batch: number;
      readonly batches: number;
      /** Optimiser steps so far. */
      readonly step: number;
      readonly learningRate: number;
      /** Mean total loss of the epoch, up to a few steps ago. */
      readonly loss: number;
      /** Training frames a second. */
      readonly framesPerSecond: number;
    }
  | { readonly kind: 'epoch'; readonly log: EpochLog };

export interface LoopOptions {
  readonly session: TrainingSession;
  readonly files: Files;
  readonly run: string;
  readonly config: RunConfig;
  /** Of the configuration; stored in checkpoints. */
  readonly hash: string;
  readonly logs: DerivedLogs;
  readonly data: RunData;
  readonly trace: StepTrace | undefined;
  readonly signal: StopSignal | undefined;
  /** Called with each line that a user should see. */
  readonly tell: ((line: string) => void) | undefined;
  readonly onProgress: ((progress: TrainProgress) => void) | undefined;
}

/** Why training ended. */
export type Ending = 'epochs' | 'early' | 'interrupted';

export const progressStart: RunProgress = {
  epoch: 0,
  batch: 0,
  step: 0,
  stopping: stoppingStart,
  losses: LossMeter.start,
  scaler: { scale: 1, steps: 0 },
  seconds: 0,
};

/** How a run ended; undefined while it has not. */
export function endingOf(
  { epoch, stopping }: RunProgress,
  { epochs, patience }: TrainingConfig,
): Ending | undefined {
  if (shouldStop(stopping, patience)) return 'early';
  return epoch >= epochs ? 'epochs' : undefined;
}

/** A capacity that fits every batch of so many of these utterances. */
export function largestBatch(lengths: Int32Array, batch: number): BatchCapacity {
  const longest = lengths.toSorted().reverse().slice(0, batch);
  return {
    frames: longest.reduce((sum, length) => sum + length, 0),
    utterances: longest.length,
    longest: longest[0] ?? 0,
  };
}

/**
 * The epochs of a run. No result depends on time or on interruptions: losses are read at fixed steps of
 * an epoch, and checkpoints are written at those steps.
 */
export class EpochLoop {
  readonly #batchCapacity: BatchCapacity;

  constructor(private readonly options: LoopOptions) {
    const { data, config } = options;
    this.#batchCapacity = largestBatch(data.training.lengths, config.training.batch);
  }

  /** Allocates all that the largest possible batch needs, so that steps allocate nothing. */
  async reserve(): Promise<void> {
    await this.options.session.reserve(this.#batchCapacity);
  }

  /** Trains from `progress` until an ending; `log` has the epochs done before. */
  async run(
    progress: RunProgress,
    log: readonly EpochLog[],
  ): Promise<{ log: readonly EpochLog[]; stopped: Ending }> {
    const { config, signal } = this.options;
    const entries = [...log];
    for (let at = progress; ;) {
      const stopped =
        endingOf(at, config.training) ?? (signal?.aborted ? 'interrupted' : undefined);
      if (stopped !== undefined) return { log: entries, stopped };
      const losses = await this.#trainEpoch(at);
      if (losses === undefined) return { log: entries, stopped: 'interrupted' };
      const done = await this.#endEpoch(at, losses, entries);
      entries.push(done.entry);
      at = done.progress;
    }
  }

  /** The rest of an epoch's steps; undefined if it was interrupted, after a checkpoint. */
  async #trainEpoch(progress: RunProgress): Promise<EpochLosses | undefined> {
    const { session, data, config, trace, signal, tell } = this.options;
    const { epochs, batch, checkpointSteps, schedule, learningRate, onNonFinite } = config.training;
    const { epoch } = progress;
    const { lengths } = data.training;
    const classes = config.training.sampling === 'balanced' ? this.#classes : undefined;
    const batches = epochBatches(lengths, { batchSize: batch, seed: config.seed, classes }, epoch);
    const span = { stepsPerEpoch: batches.length, epochs };
    const meter = new LossMeter(progress.losses);
    const watch = new FaultWatch(
      {
        session,
        data: data.training,
        policy: onNonFinite,
        epoch: epoch + 1,
        batches,
        stepsBefore: session.stepCount - progress.batch,
        log: tell,
      },
      progress.faults ?? faultStart,
    );
    const settle = async (): Promise<void> => {
      const reading = await meter.settle();
      if (reading) await watch.arrived(reading);
    };
    const began = performance.now() - 1000 * progress.seconds;
    // a coarse clock, as in some browsers, may not have moved yet
    const seconds = (): number => Math.max(0.001, (performance.now() - began) / 1000);
    const report = this.#reporter(epoch, batches, seconds);
    let rate = learningRate;
    await this.reserve(); // a longer recording in validation may have recreated the programs
    let done = progress.batch;
    const ahead = readAhead(batches.slice(done), (rows) => data.training.read(rows), {
      depth: READ_AHEAD,
    });
    for await (const [rows, features] of ahead) {
      rate = learningRateAt(schedule, learningRate, session.stepCount, span) * watch.state.factor;
      await session.step(batchOf(data.training, rows, features), rate);
      await trace?.afterStep();
      done += 1;
      const last = done === batches.length;
      const due = checkpointSteps > 0 && session.stepCount % checkpointSteps === 0;
      if (!last && !due && done % READ_STEPS !== 0) continue;
      await settle();
      watch.effect(); // of the previous reading, no matter where it was awaited
      meter.begin(() => session.readLosses());
      report(done, rate, meter.sums);
      if (!last && (due || signal?.aborted)) {
        await settle();
        const at = { ...progress, batch: done, losses: meter.sums, seconds: seconds() };
        await this.#checkpoint({ ...at, ...faultsOf(watch) });
        if (signal?.aborted) return undefined;
      }
    }
    await settle();
    watch.effect();
    watch.refuseWithout(meter.sums.steps);
    return {
      ...LossMeter.means(meter.sums),
      learningRate: rate,
      frames: framesOf(batches, lengths),
      trainSeconds: seconds(),
      seconds,
      faults: faultsOf(watch),
    };
  }

  /** Classes of the deciding task. */
  get #classes() {
    const { config, data } = this.options;
    return data.training.targets[decidingHead(config.model).task];
  }

  /** Validates, saves the model if it is the best or the last is kept, writes log and checkpoint in this order. */
  async #endEpoch(
    progress: RunProgress,
    { total, tasks, gradientNorm, skipped, learningRate, ...rest }: EpochLosses,
    before: readonly EpochLog[],
  ): Promise<{ progress: RunProgress; entry: EpochLog }> {
    const { session, files, run, config, logs, data, onProgress } = this.options;
    const { model } = config;
    const { featureSet, trimDb, normalisation } = data.training;
    const { frames, trainSeconds, seconds, faults } = rest;
    const epoch = progress.epoch + 1;
    const { utterances, frames: most } = this.#batchCapacity; // no more memory than steps take
    const limits = { windows: utterances, frames: most };
    const validation =
      data.validation.lengths.length > 0
        ? await validate(model, data.validation, (batch) => session.predict(batch), limits)
        : undefined;
    if (validation && !Number.isFinite(validation.total)) {
      throw diverged(epoch, `the validation loss is ${validation.total}`);
    }
    const stopping = validation
      ? afterEpoch(progress.stopping, epoch, decidingScore(validation))
      : progress.stopping;
    const best = stopping.best?.epoch === epoch || config.training.keep === 'last';
    const state = await session.state();
    refuseNotFinite(state, epoch);
    if (best) {
      await writeModel(files, modelFolderOf(run), {
        model,
        labels: config.labels,
        ...(featureSet && { featureSet }),
        ...(trimDb !== undefined && { trimDb }),
        ...(normalisation && { normalisation }),
        provenance: provenanceOf(config),
        ...(config.license !== undefined && { license: config.license }),
        parameters: state.average ?? state.parameters,
      });
    }
    const entry: EpochLog = {
      epoch,
      step: session.stepCount,
      seconds: seconds(),
      train: { total, tasks },
      ...(validation && { validation }),
      learningRate,
      gradientNorm,
      framesPerSecond: frames / trainSeconds,
      ...(skipped > 0 && { skipped }),
      best,
    };
    await appendLog(files, run, entry);
    await logs.write([...before, entry]);
    const next = { ...progressStart, epoch, stopping, ...faults };
    await this.#checkpoint(next, state);
    onProgress?.({ kind: 'epoch', log: entry });
    return { progress: next, entry };
  }

  async #checkpoint(progress: RunProgress, known?: TrainingState): Promise<void> {
    const { session, files, run, hash } = this.options;
    const state = known ?? (await session.state());
    const [scale, steps, skipped = 0] = state.lossScale ?? [1, 0];
    const scaler = { scale, steps, ...(skipped > 0 && { skipped }) };
    const at = { ...progress, step: state.step, scaler };
    await writeCheckpoint(files, run, { progress: at, state }, hash);
  }

  /** Reports progress within an epoch, but not too often. */
  #reporter(
    epoch: number,
    batches: readonly (readonly number[])[],
    seconds: () => number,
  ): (done: number, learningRate: number, sums: LossSums) => void {
    const { onProgress, session, config, data } = this.options;
    const { lengths } = data.training;
    let reported = -Infinity;
    return (done, learningRate, sums) => {
      const now = performance.now();
      if (sums.steps === (sums.lossless ?? 0) || now - reported < REPORT_MS) return;
      reported = now;
      const frames = framesOf(batches.slice(0, done), lengths);
      onProgress?.({
        kind: 'step',
        epoch: epoch + 1,
        epochs: config.training.epochs,
        batch: done,
        batches: batches.length,
        step: session.stepCount,
        learningRate,
        loss: LossMeter.means(sums).total,
        framesPerSecond: frames / seconds(),
      });
    };
  }
}

interface EpochLosses extends LossMeans {
  /** Of the last step. */
  readonly learningRate: number;
  /** Of all batches, before augmentation. */
  readonly frames: number;
  readonly trainSeconds: number;
  /** Of the epoch so far. */
  readonly seconds: () => number;
  readonly faults: Pick<RunProgress, 'faults'>;
}

/** Frames of some batches. */
function framesOf(batches: readonly (readonly number[])[], lengths: Int32Array): number {
  return batches.flat().reduce((sum, row) => sum + (lengths[row] ?? 0), 0);
}

/** For progress: absent if no fault counts any more. */
function faultsOf({ state }: FaultWatch): Pick<RunProgress, 'faults'> {
  const { factor, inRow, pending } = state;
  return factor === 1 && inRow === 0 && pending.length === 0 ? {} : { faults: state };
}

function provenanceOf({ version, adapter, driver, seed, data }: RunConfig): Provenance {
  const corpus = data.source === undefined ? '' : `${data.source.corpus}, `;
  const description = `${corpus}${data.training.utterances} training utterances`;
  return { version, adapter, driver, data: description, seed };
}
