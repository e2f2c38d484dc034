import { PbfWriter } from 'pbf';
import type { EpochLog } from './log.js';
import { tfRecords } from './log-tfrecord.js';
import { type LogValue, valuesOf } from './log-values.js';

/** What TensorBoard knows its files by. */
const START = 'events.out.tfevents.';

/** The name of a run's event file; the time at which it began is part of it, as TensorFlow has it. */
export function eventFileName(beganAt: number): string {
  return `${START}${Math.floor(beganAt).toString().padStart(10, '0')}.alstm`;
}

/** Seconds since 1970 at which the run of an event file of ours began; undefined for any other file. */
export function beganAtOf(name: string): number | undefined {
  const [, seconds] = /^events\.out\.tfevents\.(\d{10,})\.alstm$/.exec(name) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

/**
 * The bytes of a TensorBoard event file: its version, then one event an epoch with a scalar for each
 * number, at the optimiser step of the epoch's end. Epochs count as having followed each other without
 * a pause. More epochs only add bytes, so that a TensorBoard that is reading goes on.
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
