import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, type SafetensorsFile } from '../../src/core/safetensors.js';
import { filesIn } from '../cli/run-cli.js';

/** Times in JSON, also where that stands within a text. */
const timed = /(\\?"(?:seconds|framesPerSecond)\\?":)[\d.e+-]+/g;

/**
 * All of a run's folder that does not depend on time or on the folder's name, by path: configuration and
 * model to the byte, checkpoints and logs to the bit of every number that is no time. An event file counts
 * by its length.
 */
export function timelessRun(run: string): Record<string, unknown> {
  return Object.fromEntries(
    filesIn(run).map((name) => {
      if (name.startsWith('events.out.')) return ['events', readFileSync(join(run, name)).length];
      return [name, timeless(name, readFileSync(join(run, name)), run)];
    }),
  );
}

function timeless(name: string, bytes: Buffer, run: string): unknown {
  if (name.startsWith('checkpoints/') && name.endsWith('.safetensors')) {
    const { tensors, metadata } = readSafetensors(bytes, { source: name });
    const { progress = '', config } = metadata; // its checksum is of the times as well
    return { tensors: digest(tensors), progress: progress.replace(timed, '$10'), config };
  }
  if (name === 'log.jsonl') return bytes.toString().replace(timed, '$10');
  if (name === 'log.csv') return withoutTimes(bytes.toString());
  if (name === 'model/README.md')
    return bytes.toString().replaceAll(run, 'RUN').replace(timed, '$10');
  return createHash('sha256').update(bytes).digest('hex');
}

function digest(tensors: SafetensorsFile['tensors']): Record<string, string> {
  return Object.fromEntries(
    Array.from(tensors, ([name, { shape, data }]) => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return [`${name} [${shape.join()}]`, createHash('sha256').update(bytes).digest('hex')];
    }),
  );
}

function withoutTimes(csv: string): string {
  const rows = csv.split('\n').map((line) => line.split(','));
  const left = (rows[0] ?? []).map((column) => !column.startsWith('speed/'));
  return rows.map((row) => row.filter((_, i) => left[i] ?? true).join()).join('\n');
}

/** The step of a run's newest checkpoint; 0 where it has none. */
export function newestStep(run: string): number {
  const folder = join(run, 'checkpoints');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const steps = names.map((name) => Number(/^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...steps);
}

/** How far a run had come that was killed, as its folder tells. */
export interface Standing {
  readonly begun: boolean;
  /** Of the newest checkpoint. */
  readonly step: number;
  readonly epochs: number;
  /** Files that were being written. */
  readonly halfWritten: number;
}

export function standingOf(run: string): Standing {
  const names = filesIn(run);
  const log = join(run, 'log.jsonl');
  return {
    begun: names.includes('config.json'),
    step: newestStep(run),
    epochs: existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0,
    halfWritten: names.filter((name) => name.endsWith('.tmp')).length,
  };
}
