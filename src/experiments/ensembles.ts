import { FormatError } from '../core/errors.js';
import { meanProbabilities } from '../metrics/average.js';
import { correctEachSpeaker } from '../metrics/prior.js';
import type { JobResult } from './result.js';
import type { DoneJob } from './scores.js';
import type { Protocol } from './protocol.js';

/** Models whose probabilities are averaged, scored like a cell. */
export interface Ensemble {
  readonly name: string;
  /** Of one fold each, or of a fold and a seed. */
  readonly done: readonly DoneJob[];
  /** Models averaged. */
  readonly models: number;
}

/**
 * The ensembles of an experiment: the seeds of each cell, and what its `report.combine` names. Of a fold in which
 * some of the models are missing there is none.
 */
export function ensemblesOf(protocol: Protocol, done: readonly DoneJob[]): readonly Ensemble[] {
  const { cells, seeds, report = {} } = protocol;
  const ofSeeds = cells
    .filter(({ svm }) => !svm && seeds.length > 1)
    .map(({ name }) => seedEnsemble(name, done, seeds));
  const combined = (report.combine ?? []).flatMap((names) => {
    const learned = names.filter((name) => !cells.find((cell) => cell.name === name)?.svm);
    const bySeed = combination(names, done);
    // without a network there is one model a fold
    if (learned.length === 0 || seeds.length === 1) return [bySeed];
    const whole = names.map((name) => seedEnsemble(name, done, seeds));
    return [
      bySeed,
      {
        name: whole.map(({ name }) => name).join(' + '),
        done: joined(whole.map((own) => own.done)),
        models: whole.reduce((sum, { models }) => sum + models, 0),
      },
    ];
  });
  return [...ofSeeds, ...combined].filter((own) => own.done.length > 0);
}

/** A cell's seeds, averaged in each fold; a support vector classifier, which has one, is as it is. */
function seedEnsemble(name: string, done: readonly DoneJob[], seeds: readonly number[]): Ensemble {
  const own = done.filter(({ job }) => job.cell.name === name);
  if (own.some(({ job }) => job.cell.svm)) return { name, done: own, models: 1 };
  const folds = [...new Set(own.map(({ job }) => job.fold.name))];
  const averaged = folds.flatMap((fold) => {
    const models = own.filter(({ job }) => job.fold.name === fold);
    return models.length < seeds.length ? [] : [averageOf(models)];
  });
  return { name: `${name} × ${seeds.length} seeds`, done: averaged, models: seeds.length };
}

/** Cells averaged seed by seed; those with one job a fold join every seed. */
function combination(names: readonly string[], done: readonly DoneJob[]): Ensemble {
  const network = done.filter(({ job }) => names.includes(job.cell.name) && !job.cell.svm);
  const of = network.length > 0 ? network : done.filter(({ job }) => names.includes(job.cell.name));
  const places = new Map(of.map(({ job }) => [`${job.fold.name}/${job.seed}`, job]));
  const averaged = [...places.values()].flatMap(({ fold, seed }) => {
    const models = names.flatMap(
      (name) =>
        done.find(
          ({ job }) =>
            job.cell.name === name &&
            job.fold.name === fold.name &&
            (job.seed === seed || job.cell.svm !== undefined),
        ) ?? [],
    );
    return models.length < names.length
      ? []
      : [{ ...averageOf(models), job: { ...models[0]!.job, seed } }];
  });
  return { name: names.join(' + '), done: averaged, models: names.length };
}

/** What all ensembles have done, averaged fold by fold. */
function joined(parts: readonly (readonly DoneJob[])[]): DoneJob[] {
  return (parts[0] ?? []).flatMap(({ job }) => {
    const models = parts.flatMap(
      (part) => part.find((other) => other.job.fold.name === job.fold.name) ?? [],
    );
    return models.length < parts.length ? [] : [averageOf(models)];
  });
}

/** Models that were tested on the same utterances, as one. */
function averageOf(models: readonly DoneJob[]): DoneJob {
  const [first, ...others] = models as [DoneJob, ...DoneJob[]];
  const scoresOf = others.map(({ result }) => scoresByPath(result, first.result));
  const predictions = first.result.predictions.map((own) => ({
    ...own,
    scores: [...meanProbabilities([own.scores, ...scoresOf.map((of) => of.get(own.path)!)])],
  }));
  return { job: first.job, result: { ...first.result, predictions } };
}

/** @throws FormatError where the two were not tested alike */
function scoresByPath(result: JobResult, like: JobResult): Map<string, readonly number[]> {
  const found = new Map(result.predictions.map(({ path, scores }) => [path, scores]));
  const same =
    found.size === like.predictions.length &&
    like.predictions.every(({ path }) => found.has(path)) &&
    result.labels.join() === like.labels.join();
  if (same) return found;
  throw new FormatError(
    `the results of ${result.cell} and ${like.cell} for the fold ${like.fold} are not of the same recordings`,
    'Remove them and run the experiment again.',
  );
}

/**
 * A result with the probabilities of each speaker's recordings corrected to a prior (`correctToPrior`).
 *
 * @param shares of each class
 */
export function corrected({ job, result }: DoneJob, shares: readonly number[]): DoneJob {
  const { predictions } = result;
  const rows = correctEachSpeaker(
    predictions.map(({ scores }) => scores),
    predictions.map(({ speaker }) => speaker),
    shares,
  );
  return {
    job,
    result: {
      ...result,
      predictions: predictions.map((own, i) => ({ ...own, scores: [...rows[i]!] })),
    },
  };
}
