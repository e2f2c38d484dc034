import type { Predicted } from '../../inference/predict-all.js';
import { withPrior } from '../../inference/prior.js';
import type { ClassPrior } from '../../metrics/prior.js';
import type { Voiced } from './voices.js';

/** The task whose scores are corrected to a prior. */
export const TASK = 'emotion';

/**
 * Predictions with their scores corrected to a prior, speaker by speaker: a correction needs all recordings of the
 * speaker, which come one after the other.
 */
export async function* corrected(
  windows: AsyncIterable<readonly Predicted<Voiced>[]>,
  prior: ClassPrior,
): AsyncGenerator<readonly Predicted<Voiced>[], void, undefined> {
  let own: Predicted<Voiced>[] = [];
  for await (const window of windows) {
    for (const one of window) {
      const [first] = own;
      if (first !== undefined && first.recording.group !== one.recording.group) {
        yield correctedTogether(own, prior);
        own = [];
      }
      own.push(one);
    }
  }
  if (own.length > 0) yield correctedTogether(own, prior);
}

function correctedTogether(
  own: readonly Predicted<Voiced>[],
  prior: ClassPrior,
): readonly Predicted<Voiced>[] {
  const found = own.flatMap(({ prediction }) => prediction ?? []);
  const better = withPrior(found, prior, TASK);
  let at = 0;
  return own.map((one) => (one.prediction ? { ...one, prediction: better[at++]! } : one));
}
