import { Presets, SingleBar } from 'cli-progress';
import { printable } from '../core/printable.js';
import type { Output } from './environment.js';

/** Progress of a job; `stop` it before writing anything else. */
export interface Progress {
  /** @param note what else to show, such as a loss */
  update(done: number, note?: string): void;
  stop(): void;
}

/** Without a terminal: the shortest time between two lines. */
export const LINE_MILLISECONDS = 5000;

/** A bar on a terminal, else a plain line now and then. */
export function startProgress(output: Output, label: string, total: number | undefined): Progress {
  const shown = printable(label);
  return output.terminal === undefined
    ? lines(output, shown, total)
    : bar(output.terminal, shown, total);
}

function bar(stream: NodeJS.WriteStream, label: string, total: number | undefined): Progress {
  const place = total === undefined ? '{value}' : '{bar} {value}/{total}';
  const format = `${label.replaceAll('{', '(')}  ${place}  {note}`;
  const made = new SingleBar(
    { format, stream, barsize: 24, hideCursor: true, clearOnComplete: true, linewrap: false },
    Presets.shades_classic,
  );
  made.start(total ?? Infinity, 0, { note: '' });
  return {
    update: (done, note = '') => made.update(done, { note: printable(note) }),
    stop: () => made.stop(),
  };
}

function lines(output: Output, label: string, total: number | undefined): Progress {
  const of = total === undefined ? '' : `/${total}`;
  let written = performance.now();
  return {
    update: (done, note) => {
      if (performance.now() - written < LINE_MILLISECONDS) return;
      written = performance.now();
      output.write(`${label}  ${done}${of}${note === undefined ? '' : `  ${printable(note)}`}\n`);
    },
    stop: () => undefined,
  };
}
