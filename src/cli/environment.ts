import type { Files } from '../core/files.js';

/** Where text goes: a stream of the process, or a test's own. */
export interface Output {
  write(text: string): void;
  /** The stream, where it is a terminal that a progress bar can be drawn on. */
  readonly terminal?: NodeJS.WriteStream | undefined;
}

/** What the command line takes from the process that runs it. */
export interface Environment {
  readonly files: Files;
  /** Results. */
  readonly stdout: Output;
  /** Progress, warnings and errors. */
  readonly stderr: Output;
  /** The user's cache folder. */
  readonly cache: string;
  readonly interruption: Interruption;
  /** What has to be closed before the process may end: Dawn crashes where it is still at work. */
  readonly open: Set<() => void>;
  /** The streams are those of the process, which runs nothing else: not so within a test. */
  readonly ownProcess?: boolean;
  /** Show where an error came from. */
  readonly debug: boolean;
}

/**
 * Ctrl-C. A command that can stop by itself in good order asks for the signal; any other one, and the
 * second Ctrl-C, ends once the files that are being written are whole.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #awaited = false;

  /** Aborts at the first interruption, which from now on does no more than that. */
  takeSignal(): AbortSignal {
    this.#awaited = true;
    return this.#controller.signal;
  }

  /** @returns whether the command stops by itself */
  interrupt(): boolean {
    const first = !this.#controller.signal.aborted;
    this.#controller.abort();
    return first && this.#awaited;
  }
}

/** Makes signals of the process interrupt the command; `leave` gets the shell's code for the signal. */
export function watchSignals(interruption: Interruption, leave: (code: number) => void): void {
  const codes = { SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => {
      if (!interruption.interrupt()) leave(code);
    });
  }
}
