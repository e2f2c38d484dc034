import type { Files } from '../core/files.js';

/** Where text goes: a stream of the process, or of a test. */
export interface Output {
  write(text: string): void;
  /** The stream, if it is a terminal that can show a progress bar. */
  readonly terminal?: NodeJS.WriteStream | undefined;
  /** Whether text may have colours; default: no. */
  readonly colors?: boolean;
}

/** Where a command line is answered. */
export interface Console {
  /** Results. */
  readonly stdout: Output;
  /** Progress, warnings and errors. */
  readonly stderr: Output;
  /** Show where an error came from. */
  readonly debug: boolean;
}

/** What a command gets from the process that runs it. */
export interface Environment extends Console {
  readonly files: Files;
  /** What is piped into the process; absent in tests that read none. */
  readonly stdin?: AsyncIterable<Uint8Array | string> & { destroy?(): unknown };
  /** The user's cache folder. */
  readonly cache: string;
  readonly interruption: Interruption;
  /** What must be closed before the process ends: Dawn crashes if it is still working. */
  readonly open: Set<() => void | Promise<void>>;
  /** Recordings may be read in threads of their own: the files are those on disk. */
  readonly threads?: boolean;
  /** The streams are those of the process, which runs nothing else: false in tests. */
  readonly ownProcess?: boolean;
}

/**
 * Ctrl-C. A command that can stop cleanly by itself takes the signal; any other command ends as soon as the
 * files being written are complete, and so does the second Ctrl-C.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #awaited = false;

  /** A signal that aborts at the first interruption, which then does nothing else. */
  takeSignal(): AbortSignal {
    this.#awaited = true;
    return this.#controller.signal;
  }

  /** Whether there was one. */
  get came(): boolean {
    return this.#controller.signal.aborted;
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
  // SIGHUP: the terminal was closed, or the connection to it is gone
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => {
      if (!interruption.interrupt()) leave(code);
    });
  }
}
