/** The outcome of a step, in a few words. */
import { readFileSync } from 'node:fs';
import type { BenchResult, SkippedShape } from '../../src/bench/results.js';
import { cellName } from '../../src/bench/shape.js';
import { digits } from '../../src/bench/text.js';
import { objectsOf, type Outcome } from './collect.js';
import type { Ended } from './process.js';
import type { Step } from './steps.js';

/** Most times to list. */
const FEW = 4;

/** @param limit time limit of the step in seconds */
export function outcomeOf(
  step: Step,
  ended: Ended,
  limit: number,
  printed: { readonly stdout: string; readonly stderr: string },
): Outcome {
  const { code, early, seconds } = ended;
  const found = objectsOf(printed.stdout);
  const skipped = found.filter((one): one is SkippedShape & typeof one => 'skipped' in one);
  const outcome = (status: Outcome['status'], note: string): Outcome => {
    return { step: step.name, status, seconds, note };
  };
  if (early === 'stopped' || (early === 'late' && limit < step.most)) {
    return outcome('cut', `${noteOf(step, found)} by then`);
  }
  if (early === 'late') return outcome('failed', `not done after ${limit.toFixed(0)} s`);
  if (code === null) return outcome('failed', 'it crashed or could not be started');
  if (code !== 0) return outcome('failed', lastLine(printed.stderr));
  const [first] = skipped;
  if (first !== undefined && skipped.length === found.length) {
    return outcome('failed', `every shape was skipped: ${first.skipped}`);
  }
  return outcome('ok', noteOf(step, found));
}

function noteOf({ name }: Step, found: readonly Record<string, unknown>[]): string {
  if (name.startsWith('verify')) {
    const good = found.filter(({ ok }) => ok === true).length;
    return `${good} of ${found.length} fixtures ok`;
  }
  const [first] = found;
  if (/^pytorch-(?:first|compiled)$/.test(name) && first !== undefined && 'results' in first) {
    return `${String(first['results'])} results, ${String(first['failures'])} failures`;
  }
  const timed = found.filter(
    (one): one is BenchResult & typeof one => 'bench' in one && 'ms' in one,
  );
  if (timed.length > 0 && timed.length <= FEW) {
    return timed.map(({ shape, ms }) => `${cellName(shape)} ${digits(ms)} ms`).join(', ');
  }
  return found.length === 1 ? '1 result' : `${found.length} results`;
}

/** The last message; hints are indented below their error. */
function lastLine(path: string): string {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.findLast((line) => /^\S/.test(line)) ?? 'it printed nothing';
}
