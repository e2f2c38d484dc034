import type { Files } from '../core/files.js';
import type { CellReport, ExperimentReport } from '../report/experiment/types.js';
import type { CardTest } from '../report/card/types.js';
import { classScores, scores } from '../metrics/metrics.js';
import { writeRunCard } from '../runs/card.js';
import type { Collected } from './collect.js';
import { jobName, type Job } from './jobs.js';
import type { Protocol } from './protocol.js';
import type { JobResult } from './result.js';
import { splitText } from './split-rule.js';
import { byMetric, confusionOf } from './scores.js';

/**
 * Writes the model cards of all networks that are done, each with its own scores, by class, and those of its cell,
 * by fold.
 *
 * @throws like writeRunCard
 */
export async function writeCards(
  files: Files,
  { protocol, done }: Collected,
  report: ExperimentReport,
): Promise<void> {
  for (const { job, result, run } of done) {
    if (job.cell.svm) continue; // it has no model folder
    const cell = report.cells.find(({ name }) => name === job.cell.name);
    await writeCard(files, protocol, job, run, {
      ...testOf(result),
      ...(cell && { folds: foldsOf(cell) }),
    });
  }
}

/** Writes the card of one run, like `writeCards`. */
export async function writeCard(
  files: Files,
  protocol: Protocol,
  job: Job,
  run: string,
  test: CardTest,
): Promise<void> {
  await writeRunCard(files, run, {
    name: `${protocol.name}: ${jobName(job)}`,
    protocol: { split: splitText(protocol.split) },
    test,
  });
}

/** The test results of one run, for its card. */
export function testOf(result: JobResult): CardTest {
  const { labels } = result;
  const confusion = confusionOf(result);
  const { utterances, ...own } = scores(confusion);
  return {
    utterances,
    scores: byMetric((metric) => ({ mean: own[metric] })),
    classes: classScores(confusion, labels),
  };
}

/** Results of the cell's runs on all test speakers, averaged over seeds. */
function foldsOf({ units }: CellReport) {
  return units.map(({ name, utterances, scores: own }) => ({ name, utterances, scores: own }));
}
