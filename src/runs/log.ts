import { FormatError } from '../core/errors.js';
import { readText, type Files } from '../core/files.js';
import { parseJson } from '../core/json.js';
import { joinPath } from '../core/paths.js';
import { checkSchema, dictionaryOf, flag, integer, object, real } from '../core/schema.js';
import { decodeText } from '../core/text.js';
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
  /** Over the validation utterances; scores are of emotion, or else of the first task. */
  readonly validation: EpochLosses & {
    readonly accuracy: number;
    readonly maf: number;
    readonly uar: number;
  };
  /** Of the last step. */
  readonly learningRate: number;
  /** Mean over the steps of the global norm before clipping. */
  readonly gradientNorm: number;
  /** Training frames a second. */
  readonly framesPerSecond: number;
  /** Updates left out as loss or gradient was not finite, and for half precision's loss scale; absent: 0. */
  readonly skipped?: number;
  /** Whether this epoch has the best model so far. */
  readonly best: boolean;
}

const number = real();
const losses = { total: number, tasks: dictionaryOf(number) };

const epochSchema: z.ZodType<EpochLog> = object({
  epoch: integer(1),
  step: integer(0),
  seconds: number,
  train: object(losses),
  validation: object({ ...losses, accuracy: number, maf: number, uar: number }),
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
 * The epochs that a run's `log.jsonl` tells of; none where there is no such file. A last line that
 * breaks off, as a crash leaves it, is not one.
 *
 * @throws FormatError or ConfigError for any other line that is no epoch, or out of its order
 */
export async function readLog(files: Files, run: string): Promise<EpochLog[]> {
  const path = logPath(run);
  if (!(await files.exists(path))) return [];
  const bytes = await files.read(path);
  // After the last newline there is nothing, or what a crash has cut off: of that anything may be left.
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

/** A checkpoint has more epochs behind it than the log of its run tells of. */
export function logTooShort(run: string, told: number, epochs: number): FormatError {
  return new FormatError(
    `${logPath(run)} has ${told} epochs, but the checkpoint was written after ${epochs}`,
    'Another program has changed the file: restore it, or start a new run.',
  );
}

/**
 * Cuts a log back to the epochs that a checkpoint has behind it: those after will be done again.
 *
 * @throws FormatError where it tells of fewer
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
