import { thresholdOf } from '../model/confidence.js';
import type { AnyPredictor } from './ensemble.js';
import { type Prediction, taskPrediction } from './predictor.js';
import type { LongFeatures, PreparedFeatures, PreparedStretch } from './prepared.js';

/**
 * The prediction of a long recording: the mean of those of its stretches, weighted by the frames that were kept of
 * each. While one is predicted, the features of the next are computed; no more are in memory.
 *
 * @param predict of stretches, as recordings of their own
 * @returns its attention sums to 1 over the whole recording; 0 for frames that reach from one stretch into the next
 */
export async function averageOfStretches(
  predictor: AnyPredictor,
  { frames, stretches }: LongFeatures,
  seconds: number,
  predict: (stretches: readonly PreparedFeatures[]) => Promise<readonly Prediction[]>,
): Promise<Prediction> {
  const { dimensions } = predictor.featureSet;
  const sums = new Map<string, Float64Array>();
  const values = new Map<string, number>();
  const attention = new Float32Array(frames);
  let weight = 0;
  let last: Prediction | undefined;
  const all = stretches();
  const ahead = (): Promise<IteratorResult<PreparedStretch, void>> => {
    const next = all.next();
    next.catch(() => undefined); // it is thrown where it is waited for
    return next;
  };
  let next = ahead();
  try {
    for (let own = await next; !own.done; own = await next) {
      next = ahead();
      const stretch = own.value;
      const [found] = await predict([stretch]);
      last = found!;
      const kept = stretch.features.length / dimensions;
      weight += kept;
      for (const [task, { scores }] of Object.entries(last.tasks)) {
        const each = Object.values(scores);
        const sum = sums.get(task) ?? new Float64Array(each.length);
        each.forEach((score, c) => (sum[c]! += kept * score));
        sums.set(task, sum);
      }
      for (const [task, value] of Object.entries(last.values ?? {})) {
        values.set(task, (values.get(task) ?? 0) + kept * value);
      }
      last.attention.forEach((share, t) => (attention[stretch.first + t] = kept * share));
    }
  } finally {
    await next.catch(() => undefined);
    await all.return();
  }
  const tasks = Array.from(sums, ([task, sum]) => {
    const threshold = thresholdOf(predictor.confidence, task);
    const scores = sum.map((x) => x / weight);
    return [task, taskPrediction(predictor.labels[task] ?? [], scores, threshold)] as const;
  });
  const means = Array.from(values, ([task, sum]) => [task, sum / weight] as const);
  const n = last?.speakerRecordings;
  return {
    tasks: Object.fromEntries(tasks),
    ...(means.length > 0 && { values: Object.fromEntries(means) }),
    seconds,
    attention: attention.map((x) => x / weight),
    ...(n !== undefined && { speakerRecordings: n }),
  };
}
