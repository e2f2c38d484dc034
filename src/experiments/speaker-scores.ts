import { scores } from '../metrics/metrics.js';
import { confusionOf, type DoneJob } from './scores.js';
import { mean } from '../core/sum.js';

/** UAR of a model for a test speaker, averaged over seeds. */
export interface SpeakerScore {
  readonly corpus: string;
  readonly speaker: string;
  readonly uar: number;
}

/** UAR by test speaker, averaged over the jobs that tested it: its seeds. */
export function speakersOf(corpus: string, done: readonly DoneJob[]): SpeakerScore[] {
  const bySpeaker = new Map<string, number[]>();
  for (const { result } of done) {
    for (const speaker of new Set(result.predictions.map((own) => own.speaker))) {
      const predictions = result.predictions.filter((own) => own.speaker === speaker);
      const { uar } = scores(confusionOf({ ...result, predictions }));
      bySpeaker.set(speaker, [...(bySpeaker.get(speaker) ?? []), uar]);
    }
  }
  return Array.from(bySpeaker, ([speaker, uars]) => ({ corpus, speaker, uar: mean(uars) }));
}
