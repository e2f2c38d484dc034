import {
  AdapterError,
  AlstmError,
  ConfigError,
  DeviceLostError,
  messageOf,
  WriteError,
} from '../core/errors.js';
import { nameList } from '../core/names.js';
import { keepDataSummary } from './experiment-data.js';
import type { JobContext } from './job-context.js';
import type { Shard } from '../core/shard.js';
import { jobName, jobsOf, jobsOfShard, type Job } from './jobs.js';
import { protocolHash } from './protocol.js';
import { keepProtocol } from './protocol-file.js';
import type { JobResult } from './result.js';
import { refuseImpossible, resultOf, runJob } from './run-job.js';
import { runSvmJob } from './svm/run-svm-job.js';

/** Which jobs of an experiment to run, and where. */
export interface ExperimentOptions extends Omit<JobContext, 'protocolHash'> {
  readonly shard?: Shard | undefined;
  /** Only these folds, by name. */
  readonly folds?: readonly string[] | undefined;
  /** A job starts; `done` of `total` are finished. */
  readonly onJob?: ((job: Job, done: number, total: number) => void) | undefined;
  /** A job ended, after so many seconds. */
  readonly onResult?:
    | ((
        job: Job,
        result: JobResult,
        told: { done: number; total: number; seconds: number },
      ) => void)
    | undefined;
}

/** Progress of an experiment, or of the requested part of it. */
export interface ExperimentProgress {
  readonly done: number;
  readonly total: number;
  readonly failed: readonly { readonly job: string; readonly reason: string }[];
  readonly interrupted: boolean;
}

/**
 * Runs the unfinished jobs of an experiment, one after the other. A job that was started resumes
 * bit-identically; one that fails is reported, and the others still run.
 *
 * @example
 * const { done, total } = await runExperiment({
 *   ...{
 *     files,
 *     out: 'paper',
 *     protocol,
 *     protocolHash: await protocolHash(protocol),
 *     data: loaded,
 *   },
 *   ...{ engine: async () => engine, reopen: () => openEngine() },
 * });
 * console.log(`${done} of ${total}`);
 *
 * @throws ConfigError if the folder was started with another protocol or other data, or there is no such
 *   fold; CorpusError if the data do not fit the protocol, or a fold could never be trained and tested
 */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentProgress> {
  const { files, out, protocol, data, signal, shard = { index: 0, count: 1 } } = options;
  const { folds } = data.summary;
  const unknown = options.folds?.find((name) => !folds.some((fold) => fold.name === name));
  if (unknown !== undefined) {
    throw new ConfigError(
      `the protocol has no fold ${JSON.stringify(unknown)}`,
      `Its folds are ${nameList(folds.map(({ name }) => name))}.`,
    );
  }
  // the same for all shards, so that none starts if another is refused
  const wanted = jobsOf(protocol, folds).filter(
    ({ fold }) => options.folds?.includes(fold.name) ?? true,
  );
  refuseImpossible(protocol, data, wanted);
  await keepProtocol(files, out, protocol);
  const context: JobContext = {
    ...options,
    data: await keepDataSummary(files, out, data),
    protocolHash: await protocolHash(protocol),
  };
  // a shard's share does not depend on the requested folds
  const jobs = jobsOfShard(jobsOf(protocol, folds), shard).filter(
    ({ fold }) => options.folds?.includes(fold.name) ?? true,
  );
  const left: Job[] = [];
  for (const job of jobs) if ((await resultOf(context, job)) === undefined) left.push(job);
  const total = jobs.length;
  let done = total - left.length;
  const failed: { job: string; reason: string }[] = [];
  for (const job of left) {
    if (signal?.aborted) return { done, total, failed, interrupted: true };
    options.onJob?.(job, done, total);
    const began = performance.now();
    try {
      const result = await (job.cell.svm ? runSvmJob : runJob)(context, job);
      if (result === undefined) return { done, total, failed, interrupted: true };
      done++;
      const seconds = (performance.now() - began) / 1000;
      options.onResult?.(job, result, { done, total, seconds });
    } catch (error) {
      if (endsAll(error)) throw error;
      failed.push({ job: jobName(job), reason: messageOf(error) });
      options.log?.(`${jobName(job)} failed: ${messageOf(error)}`);
    }
  }
  return { done, total, failed, interrupted: false };
}

/** Whether the next job would fail in the same way. */
function endsAll(error: unknown): boolean {
  const everywhere = [AdapterError, DeviceLostError, WriteError];
  return !(error instanceof AlstmError) || everywhere.some((kind) => error instanceof kind);
}
