import type { ModelConfig } from '../core/config.js';
import type { Executable } from '../gpu/executable.js';
import { headKindOf, targetsName } from '../network/heads/index.js';
import type { TrainingBatch } from './types.js';

/** Writes the targets of these rows of a batch, by head. */
export function uploadTargets(
  { heads }: ModelConfig,
  executable: Executable,
  batch: TrainingBatch,
  rows: readonly number[],
): void {
  for (const head of heads) {
    const { target, unlabelled } = headKindOf(head);
    const own = rows.map((row) => batch.targets[head.task]?.[row] ?? unlabelled);
    const values = target === 'i32' ? Int32Array.from(own) : Float32Array.from(own);
    executable.write(targetsName(head.task), values);
  }
}
