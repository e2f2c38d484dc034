import { logFormats } from '../core/choices.js';
import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import type { EpochLog } from './log.js';
import { logCsv } from './log-csv.js';
import { beganAtOf, eventFile, eventFileName } from './log-tensorboard.js';

export { logFormats };
/**
 * A format of a run's log.
 *
 * @example
 * const logFormat: LogFormat[] = ['csv', 'tensorboard'];
 * await train({ manifest: 'speech.csv', out: 'runs/first', logFormat });
 */
export type LogFormat = (typeof logFormats)[number];

/** The formats beside `log.jsonl`, which every run has: each once, in a fixed order; undefined if none. */
export function besideJsonl(formats: readonly LogFormat[]): readonly LogFormat[] | undefined {
  const beside = logFormats.filter((name) => name !== 'jsonl' && formats.includes(name));
  return beside.length === 0 ? undefined : beside;
}

/**
 * The logs of a run beside `log.jsonl`. Each is derived from it alone and rewritten as a whole, so that after
 * a crash, or when a run resumes before its last epoch, nothing appears twice.
 */
export class DerivedLogs {
  /** @param tasks the model's heads, in their order */
  constructor(
    private readonly files: Files,
    private readonly run: string,
    private readonly formats: readonly LogFormat[],
    private readonly tasks: readonly string[],
  ) {}

  /** Writes these epochs to them: all those in `log.jsonl`. Throws WriteError. */
  async write(entries: readonly EpochLog[]): Promise<void> {
    for (const format of this.formats) {
      if (format === 'csv') {
        await this.#put('log.csv', new TextEncoder().encode(logCsv(entries, this.tasks)));
      } else if (format === 'tensorboard') {
        const beganAt = await this.#beganAt(entries);
        await this.#put(eventFileName(beganAt), eventFile(entries, this.tasks, beganAt));
      }
    }
  }

  /** From the existing file's name; for a new file, such that its epochs end now. */
  async #beganAt(entries: readonly EpochLog[]): Promise<number> {
    for (const name of await this.files.list(this.run)) {
      const known = beganAtOf(name);
      if (known !== undefined) return known;
    }
    const seconds = entries.reduce((sum, entry) => sum + entry.seconds, 0);
    return Math.max(0, Math.floor(Date.now() / 1000 - seconds)); // a clock that was never set starts in 1970
  }

  async #put(name: string, bytes: Uint8Array): Promise<void> {
    const path = joinPath(this.run, name);
    const before = (await this.files.exists(path)) ? await this.files.read(path) : undefined;
    const same = before?.length === bytes.length && before.every((byte, i) => byte === bytes[i]);
    if (!same) await this.files.write(path, bytes);
  }
}
