import { sortedUnique } from '../core/order.js';
import type { CrossCorpusReport } from '../report/experiment/types.js';
import { speakersOf } from './speaker-scores.js';
import type { DataSummary } from './experiment-data.js';
import type { Fold } from './split-rule.js';
import type { Protocol } from './protocol.js';
import type { DoneJob } from './scores.js';
import { estimate } from './statistics.js';

/**
 * UAR by corpus: of each model on the test speakers of each corpus, by what it was trained on; undefined for an
 * experiment on one corpus.
 *
 * @param models cells and ensembles
 */
export function crossCorpusOf(
  protocol: Protocol,
  data: Pick<DataSummary, 'speaker' | 'folds'>,
  models: readonly { readonly name: string; readonly done: readonly DoneJob[] }[],
): CrossCorpusReport | undefined {
  if ((protocol.corpus.corpora ?? []).length < 2) return undefined;
  const speakers = Object.keys(data.speaker);
  const corpora = sortedUnique(speakers.map(corpusOf));
  const trainedOn = new Map(data.folds.map((fold) => [fold.name, trainingCorpora(fold, speakers)]));
  const trainings = sortedUnique([...trainedOn.values()]);
  const rows = trainings.flatMap((training) =>
    corpora.map((tested) => ({
      trainedOn: training,
      testedOn: tested,
      models: models.flatMap(({ name, done }) => {
        const own = done.filter(({ job }) => trainedOn.get(job.fold.name) === training);
        const found = speakersOf(tested, own).filter(({ speaker }) => corpusOf(speaker) === tested);
        if (found.length === 0) return [];
        const uars = found.map(({ uar }) => uar);
        return [{ name, speakers: found.length, uar: estimate(uars, 0) }];
      }),
    })),
  );
  return { rows: rows.filter((row) => row.models.length > 0) };
}

/** Where several corpora are read, speakers are named after theirs: `emodb/03`. */
function corpusOf(speaker: string): string {
  return speaker.split('/', 1)[0] ?? '';
}

function trainingCorpora(
  { testSpeakers, trainSpeakers }: Fold,
  speakers: readonly string[],
): string {
  const tested = new Set(testSpeakers);
  const own = trainSpeakers ?? speakers.filter((speaker) => !tested.has(speaker));
  return sortedUnique(own.map(corpusOf)).join(' + ');
}
