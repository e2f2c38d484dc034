import { FormatError } from '../core/errors.js';
import { readText, type Files } from '../core/files.js';
import { parseJson } from '../core/json.js';
import { joinPath } from '../core/paths.js';
import { checkSchema, dictionaryOf, flag, integer, object, real } from '../core/schema.js';
import { decodeText } from '../core/text.js';
import type { ValidationScores } from '../scoring/validation.js';
import type { z } from 'zod';

/** Losses of an epoch: the total, and each task's before its weight. */
export interface EpochLosses {
  readonly total: number;
  readonly tasks: Readonly<Record<string, number>>;
}

/** A line of `log.jsonl`: one epoch. */
export interface EpochLog {
  /** From 1. */
  readonly epoch: number;
  /** Optimiser steps so far. */
  readonly step: number;
  /** Of this epoch, with validation. */
  readonly seconds: number;
  /** Means over the steps. */
  readonly train: EpochLosses;
  /** Over the validation utterances, absent if there are none; scores are of emotion, else of the first task. */
  readonly validation?: ValidationScores;
  /** Of the last step. */
  readonly learningRate: number;
  /** Mean over the steps of the global norm before clipping. */
  readonly gradientNorm: number;
  /** Training frames a second. */
  readonly framesPerSecond: number;
  /** Updates skipped because loss or gradient was not finite, or to lower the loss scale; absent: 0. */
  readonly skipped?: number;
  /** Whether this epoch's model was saved: it is the best so far, or the last one is kept. */
  readonly best: boolean;
}

const number = real();
const losses = { total: number, tasks: dictionaryOf(number) };

const epochSchema: z.ZodType<EpochLog> = object({
  epoch: integer(1),
  step: integer(0),
  seconds: number,
  train: object(losses),
  validation: object({
    ...losses,
    accuracy: number.exactOptional(),
    maf: number.exactOptional(),
    uar: number.exactOptional(),
    ccc: number.exactOptional(),
    rmse: number.exactOptional(),
    regression: dictionaryOf(object({ ccc: number, rmse: number })).exactOptional(),
  }).exactOptional(),
  learningRate: number,
  gradientNorm: number,
  framesPerSecond: number,
  skipped: integer(0).exactOptional(),
  best: flag(),
});

function logPath(run: string): string {
  return joinPath(run, 'log.jsonl');
}

export async function appendLog(files: Files, run: string, entry: EpochLog): Promise<void> {
  await files.appendLine(logPath(run), JSON.stringify(entry));
}

/**
 * The epochs in a run's `log.jsonl`; none if there is no such file. An incomplete last line, as a crash
 * leaves it, does not count.
 *
 * @example
 * const log = await readLog(files, 'runs/first');
 * for (const { epoch, train, validation } of log)
 *   console.log(epoch, train.total, validation?.total);
 *
 * @throws FormatError or ConfigError for any other line that is not an epoch, or out of order
 */
export async function readLog(files: Files, run: string): Promise<EpochLog[]> {
  const path = logPath(run);
  if (!(await files.exists(path))) return [];
  const bytes = await files.read(path);
  // After the last newline there is nothing, or whatever a crash left of a line.
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const lines = decodeText(whole, path).split('\n');
  lines.pop();
  return lines.map((line, i) => {
    const where = `${path}, line ${i + 1}`;
    const entry = checkSchema(epochSchema, parseJson(line, where), where);
    if (entry.epoch === i + 1) return entry;
    throw new FormatError(
      `${where}: epoch ${entry.epoch}, want ${i + 1}`,
      'Another program has changed the file: restore it, or start a new run.',
    );
  });
}

/** The log of a run has fewer epochs than its checkpoint. */
export function logTooShort(run: string, told: number, epochs: number): FormatError {
  return new FormatError(
    `${logPath(run)} has ${told} epochs, but the checkpoint was written after ${epochs}`,
    'Another program has changed the file: restore it, or start a new run.',
  );
}

/**
 * Truncates a log to the epochs before a checkpoint: later ones will be done again.
 *
 * @throws FormatError if it has fewer
 */
export async function cutLog(files: Files, run: string, epochs: number): Promise<EpochLog[]> {
  const path = logPath(run);
  const entries = await readLog(files, run);
  if (entries.length < epochs) throw logTooShort(run, entries.length, epochs);
  const kept = entries.slice(0, epochs);
  const text = kept.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  if ((await files.exists(path)) && (await readText(files, path)) !== text) {
    await files.write(path, text);
  }
  return kept;
}
