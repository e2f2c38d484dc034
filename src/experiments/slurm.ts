import { UsageError } from '../core/errors.js';
import { joinPath } from '../core/paths.js';
import { printable } from '../core/printable.js';
import { shellPath, shellQuoted } from '../core/shell.js';
import type { Protocol } from './protocol.js';

/**
 * A script for `sbatch` that distributes an experiment over a Slurm array: every task runs the same
 * command and picks its shard by its index.
 *
 * @param of data and out: absolute, on storage that all nodes see; `options`: further options of the command
 * @throws UsageError for a path `out` that Slurm cannot write logs to
 */
export function slurmScript(of: {
  readonly protocol: Protocol;
  readonly data: string;
  readonly out: string;
  readonly tasks: number;
  readonly options: readonly string[];
}): string {
  const { protocol, data, out, tasks, options } = of;
  const more = options.map(
    (option) => ` ${/^--[a-z-]+$/.test(option) ? option : shellQuoted(option)}`,
  );
  const where = protocol.corpus.format === 'manifest' ? '--manifest' : '--data';
  return `#!/bin/bash
#SBATCH --job-name=alstm
#SBATCH --array=1-${tasks}
#SBATCH --output=${logsIn(out)}
#SBATCH --requeue
# One GPU per task: add what your cluster needs, such as
##SBATCH --gres=gpu:1
##SBATCH --time=24:00:00
# A task that is stopped and started again resumes where it was.
# Afterwards: alstm experiment collect ${shellPath(out)}
set -eu
alstm experiment --protocol ${shellQuoted(joinPath(out, 'protocol.json'))} ${where} ${shellQuoted(data)} \\
  --out ${shellQuoted(out)} --shard auto${more.join('')}
`;
}

/**
 * The logs' path as sbatch reads it: it splits its lines into words as a shell does, and later replaces `%A` and such
 * unless the path has a backslash, which it drops.
 */
function logsIn(out: string): string {
  if (out.includes('\\') || printable(out) !== out) {
    throw new UsageError(
      `Slurm cannot write logs to ${out}: its path has a backslash or a control character`,
      'Give another --out.',
    );
  }
  const path = joinPath(out.replaceAll('%', '%%'), 'slurm-%A_%a.log');
  return `"${path.replaceAll('"', '\\"')}"`;
}
