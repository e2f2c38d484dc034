import type { Command } from 'commander';
import type { Cli } from './cli.js';

/** Runs a command's job with the given global options. */
export type Run = (command: Command, job: (cli: Cli) => Promise<void>) => Promise<void>;

/** Adds a command to the program. */
export type AddCommand = (program: Command, run: Run) => void;
