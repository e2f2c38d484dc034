import { joinPath } from '../../core/paths.js';
import { acrossOf } from '../../experiments/across.js';
import { UsageError } from '../../core/errors.js';
import { nameList } from '../../core/names.js';
import { acrossMarkdown, acrossText } from '../../report/experiment/across.js';
import { collectEach, reportOf, type Collected } from '../../experiments/collect.js';
import { refuseUnknownCells, type ReportSettings } from '../../experiments/protocol.js';
import { PRIOR_WARNING } from '../../metrics/prior.js';
import { writeCards } from '../../experiments/cards.js';
import type { ExperimentReport } from '../../report/experiment/types.js';
import type { Cli } from '../cli.js';

/**
 * Writes the report on an experiment's completed runs, and shows its table; on several experiments, the tables of
 * their cells over all speakers.
 *
 * @param report folder to write; default: the experiment's
 * @throws UsageError without it for several experiments
 */
export async function collectExperiment(
  cli: Cli,
  folders: readonly string[],
  report?: string,
  shown: ReportSettings = {},
): Promise<void> {
  const experiments = await collectEach(cli.files, folders);
  const all = experiments.map((one) => withReport(one, shown));
  const [only] = all as [Collected];
  if (all.length === 1) return reportExperiment(cli, only, report ?? folders[0] ?? '.');
  if (report !== undefined) return reportAcross(cli, all, report);
  throw new UsageError(
    `the folders hold ${all.length} experiments, which differ in protocol or data: ${nameList(all.map((one) => one.folders[0] ?? ''))}`,
    'Give --report DIR for tables over the speakers of all, or collect one at a time.',
  );
}

async function reportAcross(
  cli: Cli,
  experiments: readonly Collected[],
  folder: string,
): Promise<void> {
  const found = acrossOf(experiments);
  const table = joinPath(folder, 'across.md');
  await cli.files.write(table, `${acrossMarkdown(found)}\n`);
  const json = `${JSON.stringify(found, undefined, 2)}\n`;
  await cli.files.write(joinPath(folder, 'across.json'), json);
  cli.result({ report: table, ...found }, () => [
    ...acrossText(found).split('\n'),
    `report  ${table}`,
  ]);
}

async function reportExperiment(cli: Cli, collected: Collected, report: string): Promise<void> {
  if (collected.protocol.report?.prior !== undefined) cli.warn(`scores ${PRIOR_WARNING}`);
  const created = new Date().toISOString().slice(0, 16).replace('T', ' ');
  const found = await reportOf(cli.files, collected, created);
  // loaded only here: plots would cost every other command a third of a second
  const { experimentFigures, renderExperiment } = await import('../../report/experiment/report.js');
  const { experimentMarkdown, experimentText } = await import('../../report/experiment/text.js');
  const page = joinPath(report, 'report.html');
  await cli.files.write(page, renderExperiment(found));
  for (const { name, svg } of experimentFigures(found)) {
    await cli.files.write(joinPath(report, `figures/${name}`), svg);
  }
  await cli.files.write(joinPath(report, 'results.md'), experimentMarkdown(found));
  const numbers = numbersOf(found);
  await cli.files.write(
    joinPath(report, 'summary.json'),
    `${JSON.stringify(numbers, undefined, 2)}\n`,
  );
  await writeCards(cli.files, collected, found);
  cli.result({ report: page, ...numbers }, () => [
    ...experimentText(found).split('\n'),
    `report  ${page}`,
  ]);
}

/** @throws ConfigError where cells are to be combined that are not there */
function withReport(collected: Collected, shown: ReportSettings): Collected {
  if (Object.keys(shown).length === 0) return collected;
  const report = { ...collected.protocol.report, ...shown };
  const protocol = { ...collected.protocol, report };
  refuseUnknownCells(protocol, 'the experiment');
  return { ...collected, protocol };
}

/** The report for other programs: without curves and examples. */
function numbersOf(report: ExperimentReport) {
  const { title, machines, protocol, corpus, labels, unit, comparisons, missing } = report;
  const cells = report.cells.map(
    ({ name, settings, parameters, runs, scores, classes, units, confusion }) => ({
      ...{ name, settings, parameters, runs, scores, classes, units, confusion },
    }),
  );
  const { hash, dataHash, split, seeds } = protocol;
  const { ensembles, againstSvm, prior, crossCorpus } = report;
  return {
    title,
    machines,
    protocol: { hash, dataHash, split, seeds },
    corpus,
    labels,
    unit,
    cells,
    comparisons,
    ...(ensembles && { ensembles }),
    ...(againstSvm && { againstSvm }),
    ...(prior && { prior }),
    ...(crossCorpus && { crossCorpus }),
    missing,
  };
}
