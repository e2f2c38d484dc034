import { PRIOR_WARNING, sharesOf } from '../metrics/prior.js';
import type { CellReport, ExperimentReport, PriorReport } from '../report/experiment/types.js';
import { crossCorpusOf } from './cross-corpus.js';
import type { DataSummary } from './experiment-data.js';
import { corrected, ensemblesOf } from './ensembles.js';
import type { Protocol } from './protocol.js';
import { cellScores, comparison, type DoneJob } from './scores.js';

/**
 * What a report shows beside the cells: ensembles, everything against the support vector classifier, scores by
 * corpus, and, where the protocol asks for it, the scores with a prior correction.
 *
 * @throws UsageError for a prior of other labels; like ensemblesOf
 */
export function besidesCells(
  protocol: Protocol,
  data: Pick<DataSummary, 'speaker' | 'folds'>,
  cells: readonly CellReport[],
  done: readonly DoneJob[],
  labels: readonly string[],
  unit: ExperimentReport['unit'],
): Pick<ExperimentReport, 'ensembles' | 'againstSvm' | 'prior' | 'crossCorpus'> {
  const found = ensemblesOf(protocol, done);
  const ensembles = found.map(({ name, done: own, models }) => ({
    name,
    models,
    ...cellScores(own, labels, unit),
  }));
  const svm = cells.find(({ name }) => protocol.cells.some((own) => own.name === name && own.svm));
  const againstSvm = [...cells, ...ensembles].flatMap((own) =>
    svm === undefined || own === svm ? [] : comparison(own, svm, 'uar'),
  );
  const { prior } = protocol.report ?? {};
  const models = [
    ...cells.map(({ name }) => ({ name, done: done.filter(({ job }) => job.cell.name === name) })),
    ...found,
  ];
  const crossCorpus = crossCorpusOf(protocol, data, models);
  return {
    ...(ensembles.length > 0 && { ensembles }),
    ...(againstSvm.length > 0 && { againstSvm }),
    ...(prior !== undefined && {
      prior: priorReport(sharesOf(prior, labels), labels, unit, models),
    }),
    ...(crossCorpus && { crossCorpus }),
  };
}

function priorReport(
  shares: readonly number[],
  labels: readonly string[],
  unit: ExperimentReport['unit'],
  models: readonly { readonly name: string; readonly done: readonly DoneJob[] }[],
): PriorReport {
  return {
    shares: Object.fromEntries(labels.map((label, c) => [label, shares[c]!])),
    warning: PRIOR_WARNING,
    rows: models.map(({ name, done }) => {
      const own = done.map((one) => corrected(one, shares));
      return { name, scores: cellScores(own, labels, unit).scores };
    }),
  };
}
