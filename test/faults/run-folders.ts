import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PbfReader } from 'pbf';
import { readSafetensors, type SafetensorsFile } from '../../src/core/safetensors.js';
import { filesIn } from '../cli/run-cli.js';

/** Times in JSON, also where that stands within a text. */
const timed = /(\\?"(?:seconds|framesPerSecond)\\?":)[\d.e+-]+/g;

/**
 * All of a run's folder that does not depend on time or on the folder's name, by path: configuration and
 * model to the byte, checkpoints and logs to the bit of every number that is no time.
 */
export function timelessRun(run: string): Record<string, unknown> {
  return Object.fromEntries(
    filesIn(run).map((name) => {
      const path = join(run, name);
      // its name is the time it was begun at
      if (name.startsWith('events.out.')) return ['events', eventsIn(readFileSync(path))];
      return [name, timelessFile(name, path, run)];
    }),
  );
}

/**
 * What a file holds that does not depend on time or on the folder's name.
 *
 * @param name path within `folder`, which is a run or holds runs
 */
export function timelessFile(name: string, path: string, folder: string): unknown {
  const bytes = readFileSync(path);
  if (/(^|\/)checkpoints\/[^/]*\.safetensors$/.test(name)) {
    const { tensors, metadata } = readSafetensors(bytes, { source: name });
    const { progress = '', config } = metadata; // its checksum is of the times as well
    return { tensors: digest(tensors), progress: progress.replace(timed, '$10'), config };
  }
  if (/(^|\/)log\.jsonl$/.test(name)) return bytes.toString().replace(timed, '$10');
  if (name === 'log.csv') return withoutTimes(bytes.toString());
  if (/\.(md|html)$/.test(name)) {
    const text = bytes.toString().replaceAll(folder, 'FOLDER').replace(timed, '$10');
    return name.endsWith('.html') ? text.replace(/>\d{4}-\d\d-\d\d \d\d:\d\d/, '>DATE') : text;
  }
  return createHash('sha256').update(bytes).digest('hex');
}

interface Scalars {
  readonly [tag: string]: number;
}

/** Of each event of a TensorBoard file, its step and its numbers that are no times. */
function eventsIn(bytes: Buffer): unknown[] {
  const events: unknown[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    // length, its checksum, the record, its checksum
    events.push(new PbfReader(bytes.subarray(at + 12, at + 12 + length)).readFields(readEvent, {}));
    at += 16 + length;
  }
  return events;
}

function readEvent(field: number, event: { step?: number; scalars?: Scalars }, pbf: PbfReader) {
  if (field === 2) event.step = pbf.readVarint();
  if (field === 5) event.scalars = pbf.readMessage(readSummary, {});
}

function readSummary(field: number, scalars: Record<string, number>, pbf: PbfReader): void {
  if (field !== 1) return;
  const value = pbf.readMessage(readScalar, { tag: '', number: NaN });
  if (!value.tag.startsWith('speed/')) scalars[value.tag] = value.number;
}

function readScalar(field: number, value: { tag: string; number: number }, pbf: PbfReader): void {
  if (field === 1) value.tag = pbf.readString();
  if (field === 2) value.number = pbf.readFloat();
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
