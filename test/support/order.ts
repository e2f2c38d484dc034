import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, so that none is left to run alone at the end. */
const longest = [
  'browser/firefox',
  'session/plan-fixtures',
  'kernels/shaders',
  'kernels/recurrence-cooperative',
  'kernels/matmul',
  'browser/chromium',
  'deno/naga',
  'training/train-with-recovery',
  'session/fixtures',
  'cli/train',
  'cli/experiment',
  'faults/kill',
  'package/pack',
  'cli/full-disk',
  'cli/device-faults',
  'training/faults',
  'session/freed-memory',
  'faults/soak',
];

/** Files that share workers first, for vitest keeps such a worker only while the next file shares it too. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort(
      (a, b) =>
        Number(a.project.config.isolate) - Number(b.project.config.isolate) || rank(a) - rank(b),
    );
  }
}

function rank({ moduleId }: TestSpecification): number {
  const found = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return found === -1 ? longest.length : found;
}
