import type {
  CellComparison,
  CellReport,
  ExperimentReport,
} from '../../../src/report/experiment/types.js';
import { sampleOf, speakerNames } from './sample.js';

/** A report in which all that has a name has this one. */
export function renamed(name: string): ExperimentReport {
  const report = sampleOf({
    cells: ['a', 'b'],
    speakers: speakerNames(5),
    seeds: [1],
    examples: 1,
  });
  const labels = report.labels.map((_, i) => (i === 0 ? name : `label ${i}`));
  return {
    ...report,
    title: name,
    created: name,
    machines: [name],
    labels,
    protocol: { hash: name, dataHash: name, split: name, seeds: [1], json: name },
    corpus: { ...report.corpus, name, speakers: [{ name, utterances: 1 }], labels: { [name]: 1 } },
    cells: report.cells.map((cell) => ({
      ...cell,
      name,
      settings: { [name]: name },
      classes: cell.classes.map((one, i) => ({ ...one, label: labels[i]! })),
      units: cell.units.map((unit) => ({ ...unit, name })),
    })),
    comparisons: report.comparisons.map((one) => ({ ...one, cell: name, baseline: name })),
    missing: [name],
    examples: report.examples.map((example) => ({
      ...example,
      path: name,
      truth: name,
      speaker: name,
      models: example.models.map((model) => ({
        ...model,
        cell: name,
        label: name,
        scores: { [name]: 1 },
      })),
    })),
  };
}

/** The same with everything that a report may have besides the cells. */
export function renamedWithAll(name: string): ExperimentReport {
  const report = renamed(name);
  const [cell, other] = report.cells as [CellReport, CellReport];
  const [comparison] = report.comparisons as [CellComparison];
  const { scores, classes, units, confusion } = cell;
  const models = [{ name, speakers: 3, uar: scores.uar }];
  return {
    ...report,
    ensembles: [{ name, models: 3, scores, classes, units, confusion }],
    againstSvm: [{ ...comparison, cell: name, baseline: other.name, metric: 'uar' }],
    prior: { shares: { [name]: 1 }, warning: 'made up', rows: [{ name, scores }] },
    crossCorpus: { rows: [{ trainedOn: name, testedOn: name, models }] },
  };
}
