import { combinesStates } from '../core/cells.js';
import { ConfigError, FileError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { sortedUnique } from '../core/order.js';
import { functionalsText, inputUnits, lastRecurrent, layerText } from '../core/layers.js';
import type { CellReport, ExperimentReport, RunCurve } from '../report/experiment/types.js';
import { readLog } from '../runs/log.js';
import type { RunConfig } from '../runs/config.js';
import { readRunConfig } from '../runs/folder.js';
import { byUtterance } from '../features/normalise.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { readDataSummary, type DataSummary } from './experiment-data.js';
import { jobFolder, jobName, jobsOf, type Job } from './jobs.js';
import { protocolHash, type Protocol } from './protocol.js';
import { readResult, type JobResult } from './result.js';
import { readProtocol } from './protocol-file.js';
import { besidesCells } from './besides.js';
import { cellScores, comparisonsOf, unitOf, type DoneJob } from './scores.js';
import { splitText } from './split-rule.js';

/** The content of an experiment's folders. */
export interface Collected {
  readonly folders: readonly string[];
  readonly protocol: Protocol;
  readonly hash: string;
  readonly data: DataSummary;
  readonly jobs: readonly Job[];
  readonly done: readonly (DoneJob & { readonly run: string; readonly curve?: RunCurve })[];
}

/**
 * Reads the results of an experiment from its folder, or from the folders of its shards, which have the
 * same protocol and data.
 *
 * @example
 * const collected = await collect(files, ['paper-1', 'paper-2']);
 * const report = await reportOf(files, collected, new Date().toISOString());
 *
 * @throws FileError for a folder that is not an experiment; ConfigError if folders differ in protocol or
 *   data; FormatError or ConfigError for a damaged file
 */
export async function collect(files: Files, folders: readonly string[]): Promise<Collected> {
  const [first, ...others] = await collectEach(files, folders);
  if (first === undefined) throw new FileError('no experiment was given', 'Give its folder.');
  for (const other of others) {
    const differs = other.hash !== first.hash ? 'protocol' : 'data';
    throw new ConfigError(
      `${other.folders[0]} and ${first.folders[0]} differ in their ${differs}`,
      'Collect the parts of one experiment at a time.',
    );
  }
  return first;
}

/**
 * The experiments that the folders hold: those of the same protocol and data are parts of one.
 *
 * @throws like collect
 */
export async function collectEach(
  files: Files,
  folders: readonly string[],
): Promise<readonly Collected[]> {
  const parts = [];
  for (const folder of folders) parts.push(await readPart(files, folder));
  const groups = new Map<string, typeof parts>();
  for (const part of parts) {
    const key = `${part.hash} ${part.data.hash}`;
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  const found: Collected[] = [];
  for (const group of groups.values()) found.push(await collectParts(files, group));
  return found;
}

async function collectParts(
  files: Files,
  parts: readonly Awaited<ReturnType<typeof readPart>>[],
): Promise<Collected> {
  const { protocol, hash, data } = parts[0]!;
  const jobs = jobsOf(protocol, data.folds);
  const done = [];
  for (const job of jobs) {
    for (const { folder } of parts) {
      const found = await doneJob(files, jobFolder(folder, job), job, hash, data.hash);
      if (found === undefined) continue;
      done.push(found);
      break;
    }
  }
  return { folders: parts.map(({ folder }) => folder), protocol, hash, data, jobs, done };
}

async function readPart(files: Files, folder: string) {
  const protocol = await readProtocol(files, folder);
  const data = await readDataSummary(files, folder);
  if (protocol === undefined || data === undefined) {
    throw new FileError(
      `${folder} is not an experiment folder: it has no ${protocol === undefined ? 'protocol.json' : 'data.json'}`,
      'Give the --out folder of `alstm experiment`.',
    );
  }
  return { folder, protocol, data, hash: await protocolHash(protocol) };
}

async function doneJob(files: Files, run: string, job: Job, protocol: string, data: string) {
  const result = await readResult(files, run);
  if (result === undefined) return undefined;
  if (result.protocol !== protocol || result.data !== data) {
    throw new ConfigError(
      `${run}/result.json is from another protocol or other data`,
      'Remove that run, and run the experiment again.',
    );
  }
  if (result.best === undefined) return { job, result, run };
  const epochs = await readLog(files, run);
  const curve: RunCurve = {
    fold: job.fold.name,
    seed: job.seed,
    best: result.best,
    epochs: epochs.map(({ epoch, train, validation }) => ({
      epoch,
      loss: train.total,
      validationLoss: validation?.total ?? NaN,
      validationAccuracy: validation?.accuracy ?? NaN,
    })),
  };
  return { job, result, run, curve };
}

/**
 * The report on what was collected.
 *
 * @example
 * const report = await reportOf(files, await collect(files, ['paper']), '2026-01-31');
 * for (const { name } of report.cells) console.log(name);
 *
 * @param created date, as shown in the report
 * @throws ConfigError if no run has finished
 */
export async function reportOf(
  files: Files,
  { protocol, hash, data, jobs, done }: Collected,
  created: string,
): Promise<ExperimentReport> {
  const labels = done[0]?.result.labels;
  if (labels === undefined) {
    throw new ConfigError('no run of the experiment has finished', 'Run it first.');
  }
  const unit = unitOf(jobs);
  const cells: CellReport[] = [];
  for (const { name } of protocol.cells) {
    const own = done.filter(({ job }) => job.cell.name === name);
    const [first] = own;
    if (first === undefined) continue;
    const { settings } = first.result;
    cells.push({
      name,
      settings: settings ?? settingsOf(await readRunConfig(files, first.run)),
      parameters: first.result.parameters,
      runs: own.length,
      ...cellScores(own, labels, unit),
      curves: own.flatMap(({ curve }) => curve ?? []),
    });
  }
  const missing = jobs.filter((job) => !done.some((other) => other.job === job)).map(jobName);
  return {
    title: protocol.name,
    created,
    machines: machinesOf(done.map(({ result }) => result)),
    protocol: {
      hash,
      dataHash: data.hash,
      split: splitText(protocol.split),
      seeds: protocol.seeds,
      json: JSON.stringify(protocol, undefined, 2),
    },
    corpus: {
      name: data.corpus,
      utterances: data.utterances,
      seconds: data.seconds,
      speakers: Object.entries(data.speaker).map(([name, utterances]) => ({ name, utterances })),
      labels: data.emotion,
    },
    labels,
    unit,
    cells,
    comparisons: comparisonsOf(cells),
    ...besidesCells(protocol, data, cells, done, labels, unit),
    missing,
    examples: examplesOf(protocol, done),
  };
}

function settingsOf({ model, features, data: { source } }: RunConfig) {
  const { cell, units, bidirectional, offsets, period } = lastRecurrent(model);
  const { pooling, dropout } = model;
  const input = inputUnits(model);
  const { normalise = byUtterance.scope, trimDb } = source ?? {};
  return {
    features: features?.set ?? defaultFeatureSet.id,
    normalisation: normalise,
    ...(typeof trimDb === 'number' && { 'trimmed, dB': trimDb }),
    cell,
    'units a direction': units,
    ...(input !== undefined && { 'input layer units': input }),
    ...(model.layers && { layers: model.layers.map(layerText).join(', ') }),
    ...(model.functionals && { functionals: functionalsText(model.functionals) }),
    directions: bidirectional ? 2 : 1,
    ...(combinesStates(cell) && { offsets: offsets.join(', '), period }),
    pooling,
    dropout,
  };
}

function machinesOf(results: readonly JobResult[]): readonly string[] {
  return sortedUnique(
    results.map(
      ({ machine }) => `alstm ${machine.version}, ${machine.adapter} (${machine.driver})`,
    ),
  );
}

/** The examples of the first fold that all cells have finished. */
function examplesOf(protocol: Protocol, done: readonly DoneJob[]): ExperimentReport['examples'] {
  const withExamples = done.filter(({ result }) => result.examples.length > 0);
  const folds = [...new Set(withExamples.map(({ job }) => job.fold.name))];
  const ownOf = (fold: string) => withExamples.filter(({ job }) => job.fold.name === fold);
  const networks = protocol.cells.filter(({ svm }) => !svm).length;
  const fold = folds.find((name) => ownOf(name).length === networks) ?? folds[0];
  if (fold === undefined) return [];
  const own = ownOf(fold);
  return (own[0]?.result.examples ?? []).map(
    ({ path, truth, speaker, seconds, envelope, pitch }) => ({
      path,
      truth,
      speaker,
      seconds,
      envelope,
      pitch,
      models: own.flatMap(({ job, result }) =>
        result.examples
          .filter((example) => example.path === path)
          .map(({ label, scores, attention, combination }) => ({
            cell: job.cell.name,
            label,
            scores,
            attention,
            ...(combination && { combination }),
          })),
      ),
    }),
  );
}
