import { ConfigError } from '../core/errors.js';
import { nameList } from '../core/names.js';
import type {
  AcrossCell,
  AcrossComparison,
  AcrossReport,
} from '../report/experiment/across-types.js';
import type { Collected } from './collect.js';
import { ensemblesOf } from './ensembles.js';
import { speakersOf, type SpeakerScore } from './speaker-scores.js';
import { compare, estimate } from './statistics.js';
import { mean } from '../core/sum.js';

/** A cell or ensemble in all corpora. */
interface Model {
  readonly name: string;
  readonly svm: boolean;
  readonly ensemble: boolean;
  readonly speakers: readonly SpeakerScore[];
}

/**
 * Compares cells over the speakers of several experiments, one or more a corpus: of each pair of cells that all
 * corpora have, the mean difference in UAR over all speakers, with its interval by bootstrap within each
 * corpus and the p of the sign-flip test; ensembles are compared with the support vector classifier. A unit is
 * a test speaker, also where a fold tests several.
 *
 * @throws ConfigError if two experiments on one corpus have a cell of the same name, or the corpora have
 *   fewer than two cells in common
 */
export function acrossOf(experiments: readonly Collected[]): AcrossReport {
  const names = corpusNames(experiments);
  const corpora = [...new Set(names)];
  const found = new Map<string, Model>();
  const sources = new Map<string, string>();
  for (const [i, experiment] of experiments.entries()) {
    const corpus = names[i]!;
    for (const model of modelsOf(experiment, corpus)) {
      const place = `${corpus}/${model.name}`;
      const before = sources.get(place);
      if (before !== undefined) {
        throw new ConfigError(
          `${before} and ${experiment.folders[0]} both have the cell ${model.name} on ${corpus}`,
          'Give one experiment with that cell a corpus, or name the cells differently.',
        );
      }
      sources.set(place, experiment.folders[0] ?? '');
      const earlier = found.get(model.name)?.speakers ?? [];
      found.set(model.name, { ...model, speakers: [...earlier, ...model.speakers] });
    }
  }
  const shared = [...found.values()].filter(({ name }) =>
    corpora.every((corpus) => sources.has(`${corpus}/${name}`)),
  );
  const cells = shared.filter(({ ensemble }) => !ensemble);
  if (cells.length < 2) {
    throw new ConfigError(
      `the experiments on ${nameList(corpora)} have ${cells.length === 0 ? 'no cell' : 'one cell'} in common`,
      'Name the cells alike: only those that all corpora have are compared.',
    );
  }
  const pairs = cells.flatMap((baseline, i) =>
    cells.slice(i + 1).map((cell) => [cell, baseline] as const),
  );
  const svm = cells.find((own) => own.svm);
  const againstSvm = shared.flatMap((own) => (own.ensemble && svm ? [[own, svm] as const] : []));
  return {
    corpora: corpora.map((name) => ({
      name,
      folders: experiments.flatMap(({ folders }, i) => (names[i] === name ? folders : [])),
    })),
    cells: shared.map((model) => cellOf(model, corpora)),
    comparisons: [...pairs, ...againstSvm].flatMap(([cell, baseline]) =>
      comparisonOf(cell, baseline, corpora),
    ),
  };
}

/** The corpus of each experiment; those of one format with other speakers, such as manifests, by their folder too. */
function corpusNames(experiments: readonly Collected[]): string[] {
  const keyOf = ({ data }: Collected): string =>
    JSON.stringify([data.corpus, Object.keys(data.speaker).sort()]);
  return experiments.map((own) => {
    const { corpus } = own.data;
    const alike = experiments.filter(({ data }) => data.corpus === corpus);
    if (new Set(alike.map(keyOf)).size === 1) return corpus;
    const first = alike.find((other) => keyOf(other) === keyOf(own));
    return `${corpus} (${first?.folders[0] ?? ''})`;
  });
}

function modelsOf({ protocol, done }: Collected, corpus: string): Model[] {
  const cells = protocol.cells.map(({ name, svm }) => ({
    name,
    svm: svm !== undefined,
    ensemble: false,
    speakers: speakersOf(
      corpus,
      done.filter(({ job }) => job.cell.name === name),
    ),
  }));
  const ensembles = ensemblesOf(protocol, done).map(({ name, done: own }) => ({
    name,
    svm: false,
    ensemble: true,
    speakers: speakersOf(corpus, own),
  }));
  return [...cells, ...ensembles].filter(({ speakers }) => speakers.length > 0);
}

function cellOf({ name, ensemble, speakers }: Model, corpora: readonly string[]): AcrossCell {
  const uar = (of: readonly SpeakerScore[]): number[] => of.map((own) => own.uar);
  return {
    name,
    ensemble,
    speakers: speakers.length,
    uar: estimate(
      uar(speakers),
      0,
      speakers.map(({ corpus }) => corpus),
    ),
    byCorpus: Object.fromEntries(
      corpora.map((corpus) => [corpus, mean(uar(speakers.filter((own) => own.corpus === corpus)))]),
    ),
  };
}

function comparisonOf(
  cell: Model,
  baseline: Model,
  corpora: readonly string[],
): AcrossComparison[] {
  const pairs = cell.speakers.flatMap((own) => {
    const other = baseline.speakers.find(
      ({ corpus, speaker }) => corpus === own.corpus && speaker === own.speaker,
    );
    return other === undefined ? [] : [{ corpus: own.corpus, own: own.uar, other: other.uar }];
  });
  if (pairs.length === 0) return [];
  const found = compare(
    pairs.map(({ own }) => own),
    pairs.map(({ other }) => other),
    0,
    pairs.map(({ corpus }) => corpus),
  );
  return [
    {
      cell: cell.name,
      baseline: baseline.name,
      ...found,
      byCorpus: Object.fromEntries(
        corpora.flatMap((corpus) => {
          const own = pairs.filter((pair) => pair.corpus === corpus);
          if (own.length === 0) return [];
          return [[corpus, mean(own.map((pair) => pair.own - pair.other))] as const];
        }),
      ),
    },
  ];
}
