import type { z } from 'zod';
import { AlstmError, ConfigError, FormatError, messageOf } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { brief, parseJson } from '../core/json.js';
import { LFS_HINT } from '../core/lfs.js';
import { joinPath } from '../core/paths.js';
import { readSafetensors, writeSafetensors } from '../core/safetensors.js';
import { checkSchema, dictionaryOf, integer, object, real } from '../core/schema.js';
import type { HostTensor } from '../core/tensor.js';
import { tensorNotFinite } from '../session/diagnosis.js';
import type { TrainingState } from '../session/types.js';
import { sha256, sha256OfFloats } from '../features/digest.js';
import { faultSchema, type FaultState } from './faults.js';
import { logTooShort } from './log.js';

const FORMAT = 'alstm-checkpoint-2';
/** Checkpoints kept: if the newest is damaged, there is one before it. */
const KEPT = 2;
const PARAMETERS = 'parameters/';
const OPTIMIZER = 'optimizer/';
/** The average of the parameters, in runs that keep one. */
const AVERAGE = 'average/';

const number = real();

/** How far a run has come. With parameters and moments, all that resuming depends on. */
export interface RunProgress {
  /** Epochs done. */
  readonly epoch: number;
  /** Batches done of the current epoch; the order of batches follows from seed and epoch. */
  readonly batch: number;
  /** Optimiser steps taken; dropout follows from seed and step. */
  readonly step: number;
  /** Of early stopping. */
  readonly stopping: {
    readonly best: { readonly epoch: number; readonly accuracy: number } | null;
    readonly below: number;
  };
  /** Sums over the steps of the current epoch, from LossMeter. */
  readonly losses: {
    readonly steps: number;
    readonly total: number;
    readonly tasks: Readonly<Record<string, number>>;
    readonly gradientNorm: number;
    readonly skipped: number;
    /** Absent: 0. */
    readonly lossless?: number;
  };
  /** The loss scale, steps since it changed, and updates skipped since the run started (absent: 0). */
  readonly scaler: { readonly scale: number; readonly steps: number; readonly skipped?: number };
  /** Of losses and gradients that were not finite; absent: there were none. */
  readonly faults?: FaultState;
  /** Time spent on the current epoch. */
  readonly seconds: number;
}

const progressSchema: z.ZodType<RunProgress> = object({
  epoch: integer(0),
  batch: integer(0),
  step: integer(0),
  stopping: object({
    best: object({ epoch: integer(1), accuracy: number }).nullable(),
    below: integer(0),
  }),
  losses: object({
    steps: integer(0),
    total: number,
    tasks: dictionaryOf(number),
    gradientNorm: number,
    skipped: integer(0),
    lossless: integer(0).exactOptional(),
  }),
  scaler: object({
    scale: real({ from: 1 }),
    steps: integer(0),
    skipped: integer(0).exactOptional(),
  }),
  faults: faultSchema.exactOptional(),
  seconds: real({ from: 0 }),
});

export interface Checkpoint {
  readonly progress: RunProgress;
  readonly state: TrainingState;
}

function folderOf(run: string): string {
  return joinPath(run, 'checkpoints');
}

function nameOf({ step }: RunProgress): string {
  return `step-${String(step).padStart(10, '0')}.safetensors`;
}

/**
 * Writes a checkpoint atomically, then removes all but the last two.
 *
 * @param config hash of the run's configuration
 * @throws WriteError; ConfigError if a value is not finite: training has diverged
 */
export async function writeCheckpoint(
  files: Files,
  run: string,
  { progress, state }: Checkpoint,
  config: string,
): Promise<void> {
  const tensors: Record<string, HostTensor> = {};
  const add = (prefix: string, named: TrainingState['parameters']): void => {
    for (const [name, tensor] of Object.entries(named)) tensors[prefix + name] = tensor;
  };
  add(PARAMETERS, state.parameters);
  add(OPTIMIZER, state.optimizer);
  add(AVERAGE, state.average ?? {});
  refuseNotFinite(state, progress.epoch + 1);
  const text = JSON.stringify(progress);
  const checksum = await checksumOf(tensors, text, config);
  const metadata = { format: FORMAT, progress: text, config, checksum };
  const path = joinPath(folderOf(run), nameOf(progress));
  await files.write(path, writeSafetensors(tensors, metadata));
  const names = await checkpointsOf(files, run);
  for (const name of names.slice(0, -KEPT)) await files.remove(joinPath(folderOf(run), name));
}

/**
 * The newest checkpoint that can be read; undefined if the run has none yet.
 *
 * @param config hash of the run's configuration
 * @param warn called with a line for each that is skipped
 * @param logged epochs in the run's log: a checkpoint after more is skipped, because the last line of the
 *   log may have been cut off. Default: any
 * @throws FormatError if there are some but none is usable; ConfigError for one of another configuration
 */
export async function readLatestCheckpoint(
  files: Files,
  run: string,
  config: string,
  warn: (line: string) => void,
  logged = Infinity,
): Promise<Checkpoint | undefined> {
  const names = await checkpointsOf(files, run);
  let short: FormatError | undefined;
  let pointer: AlstmError | undefined;
  for (const name of names.toReversed()) {
    const path = joinPath(folderOf(run), name);
    try {
      const checkpoint = await parseCheckpoint(await files.read(path), path, config);
      const { epoch } = checkpoint.progress;
      if (epoch <= logged) return checkpoint;
      short = logTooShort(run, logged, epoch);
      throw short;
    } catch (error) {
      if (!(error instanceof AlstmError) || error instanceof OtherRunError) throw error;
      if (error.hint === LFS_HINT) pointer ??= error;
      warn(`${messageOf(error)}; falling back to the previous checkpoint`);
    }
  }
  if (names.length === 0) return undefined;
  if (short !== undefined) throw short;
  if (pointer !== undefined) throw pointer; // it can be fetched: it is not lost
  throw new FormatError(
    `none of the checkpoints in ${folderOf(run)} can be read`,
    'Start a new run in another folder: --init-from starts it from the model of this one.',
  );
}

/** Not damage: no older checkpoint would be better. */
class OtherRunError extends ConfigError {}

/** Their names, oldest first. */
async function checkpointsOf(files: Files, run: string): Promise<string[]> {
  const names = await files.list(folderOf(run));
  return names.filter((name) => /^step-\d{10,}\.safetensors$/.test(name)).sort(byStep);
}

function byStep(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

async function parseCheckpoint(
  bytes: Uint8Array,
  path: string,
  config: string,
): Promise<Checkpoint> {
  const fail = (problem: string): FormatError =>
    new FormatError(`${path}: ${problem}`, 'It is damaged or from another version of alstm.');
  const { tensors, metadata } = readSafetensors(bytes, { source: path });
  if (metadata['format'] !== FORMAT) {
    throw fail(`format ${brief(metadata['format'])}, want "${FORMAT}"`);
  }
  const { progress: text = '', config: own = '', checksum } = metadata;
  // Not host[name] = ...: a tensor called __proto__ would become the prototype.
  const host: Readonly<Record<string, HostTensor>> = Object.fromEntries(
    Array.from(tensors, ([name, { dtype, shape, data }]) => {
      if (dtype !== 'F32') throw fail(`tensor ${brief(name)} is ${dtype}`);
      return [name, { shape, data }] as const;
    }),
  );
  if (checksum !== (await checksumOf(host, text, own))) {
    throw fail('its content does not match its checksum');
  }
  if (own !== config) {
    throw new OtherRunError(
      `${path} does not belong to the configuration in the run's config.json`,
      "Restore the run's config.json, or start a new run.",
    );
  }
  const progress = checkSchema(progressSchema, parseJson(text, path), path);
  const under = (prefix: string): Record<string, HostTensor> =>
    Object.fromEntries(
      Object.entries(host)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
    );
  const { scale, steps, skipped } = progress.scaler;
  const average = under(AVERAGE);
  const state: TrainingState = {
    step: progress.step,
    parameters: under(PARAMETERS),
    optimizer: under(OPTIMIZER),
    ...(Object.keys(average).length > 0 && { average }),
    lossScale: skipped === undefined ? [scale, steps] : [scale, steps, skipped],
  };
  return { progress, state };
}

/** SHA-256 of the tensors in the order of their names, and of the texts. */
async function checksumOf(
  tensors: Readonly<Record<string, HostTensor>>,
  ...texts: string[]
): Promise<string> {
  const entries = await Promise.all(
    Object.keys(tensors)
      .sort()
      .map(async (name) => {
        const { shape, data } = tensors[name] as HostTensor;
        return [name, shape, await sha256OfFloats(Float32Array.from(data))];
      }),
  );
  return sha256(new TextEncoder().encode(JSON.stringify([...texts, entries])));
}

/** @throws ConfigError for the first tensor with a value that is not finite */
export function refuseNotFinite(
  { parameters, optimizer, average, step }: TrainingState,
  epoch: number,
): void {
  const bad = tensorNotFinite({ ...average, ...parameters, ...optimizer });
  if (bad) throw diverged(epoch, `${bad.tensor} holds ${bad.value} after step ${step}`);
}

/** Values are no longer finite: there is nothing to continue from. */
export function diverged(
  epoch: number,
  what: string,
  hint = 'Lower the learning rate, warm it up over more steps, or clip gradients (clipNorm).',
): ConfigError {
  return new ConfigError(`training diverged in epoch ${epoch}: ${what}`, hint);
}
