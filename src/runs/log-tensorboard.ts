import { PbfWriter } from 'pbf';
import type { EpochLog } from './log.js';
import { tfRecords } from './log-tfrecord.js';
import { type LogValue, valuesOf } from './log-values.js';

/** Prefix by which TensorBoard finds its files. */
const START = 'events.out.tfevents.';

/** The name of a run's event file; it contains the start time, as in TensorFlow. */
export function eventFileName(beganAt: number): string {
  return `${START}${Math.floor(beganAt).toString().padStart(10, '0')}.alstm`;
}

/** Start time, in seconds since 1970, of the run of one of our event files; undefined for any other file. */
export function beganAtOf(name: string): number | undefined {
  const [, seconds] = /^events\.out\.tfevents\.(\d{10,})\.alstm$/.exec(name) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

/**
 * The bytes of a TensorBoard event file: its version, then one event an epoch with a scalar for each
 * number, at the optimiser step of the epoch's end. Epochs are taken to follow each other without a pause.
 * More epochs only append bytes, so a running TensorBoard can keep reading.
 *
 * @param tasks the model's heads, in their order
 * @param beganAt seconds since 1970
 */
export function eventFile(
  entries: readonly EpochLog[],
  tasks: readonly string[],
  beganAt: number,
): Uint8Array {
  let now = beganAt;
  const version = new PbfWriter();
  version.writeDoubleField(1, now);
  version.writeStringField(3, 'brain.Event:2');
  const events = entries.map((entry) => {
    now += entry.seconds;
    const event = new PbfWriter();
    event.writeDoubleField(1, now);
    event.writeVarintField(2, entry.step);
    const scalars = [...valuesOf(entry, tasks), ['progress/epoch', entry.epoch] as const];
    event.writeMessage(5, writeSummary, scalars);
    return event.finish();
  });
  return tfRecords([version.finish(), ...events]);
}

// Messages of tensorflow/core: Event { wall_time = 1, step = 2, file_version = 3, summary = 5 },
// Summary { value = 1 }, Summary.Value { tag = 1, simple_value = 2 }.

function writeSummary(values: readonly LogValue[], summary: PbfWriter): void {
  for (const value of values) {
    if (Number.isFinite(value[1])) summary.writeMessage(1, writeScalar, value);
  }
}

function writeScalar([tag, value]: LogValue, scalar: PbfWriter): void {
  scalar.writeStringField(1, tag);
  scalar.writeFloatField(2, value);
}
