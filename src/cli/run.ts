import type { Command } from 'commander';
import type { Cli } from './cli.js';

/** Does a command's job with the global options it was given. */
export type Run = (command: Command, job: (cli: Cli) => Promise<void>) => Promise<void>;

/** Adds a command to the program. */
export type AddCommand = (program: Command, run: Run) => void;
