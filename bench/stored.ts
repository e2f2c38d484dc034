/** Results stored in bench/results/<adapter>/. */
import { BENCH_FORMAT, type BenchFile, type BenchResult } from '../src/bench/results.js';
import { questions, type Question } from '../src/bench/grid.js';
import { FormatError } from '../src/core/errors.js';
import { readText, type Files } from '../src/core/files.js';
import { parseJson } from '../src/core/json.js';
import { PEERS_FORMAT, type PeersFile } from './peer-results.js';

/** The displayed part of what bench/peers/pytorch prints for one measurement. */
export interface PytorchResult {
  readonly version: string;
  readonly kind: string;
  readonly implementation: string;
  readonly cell: string;
  readonly period?: number;
  readonly precision: string;
  readonly adapter: string;
  readonly shape: { readonly batch: number; readonly frames: number; readonly units: number };
  readonly ms: number;
}

/** All results of one adapter. */
export interface StoredResults {
  /** The folder's name. */
  readonly adapter: string;
  readonly bench: readonly BenchFile[];
  readonly peers: PeersFile | undefined;
  readonly pytorch: readonly PytorchResult[];
}

/** The results of a question in a file. */
export function resultsOf<Q extends Question>(file: BenchFile, question: Q): ResultOf<Q>[] {
  return file.results.filter((result): result is ResultOf<Q> => result.bench === question);
}

type ResultOf<Q extends Question> = Extract<BenchResult, { readonly bench: Q }>;

/** Results of every adapter, by folder name. Throws FormatError for a file in another format. */
export async function readStored(files: Files, folder: string): Promise<StoredResults[]> {
  const all: StoredResults[] = [];
  for (const adapter of await files.list(folder)) {
    const path = `${folder}/${adapter}`;
    if (!(await files.isFolder(path))) continue;
    const bench: BenchFile[] = [];
    for (const question of questions) {
      const file = await read(files, `${path}/${question}.json`);
      if (file !== undefined) bench.push(ofFormat<BenchFile>(file, BENCH_FORMAT));
    }
    const peers = await read(files, `${path}/peers.json`);
    const pytorch = await read(files, `${path}/pytorch.json`);
    all.push({
      adapter,
      bench,
      peers: peers && ofFormat<PeersFile>(peers, PEERS_FORMAT),
      pytorch: pytorch === undefined ? [] : pytorchResults(pytorch),
    });
  }
  return all;
}

interface Read {
  readonly path: string;
  readonly json: unknown;
}

async function read(files: Files, path: string): Promise<Read | undefined> {
  if (!(await files.exists(path))) return undefined;
  return { path, json: parseJson(await readText(files, path), path) };
}

function ofFormat<T extends { readonly format: string }>({ path, json }: Read, format: string): T {
  if (typeof json === 'object' && json !== null && 'format' in json && json.format === format) {
    return json as T;
  }
  throw new FormatError(`${path}: not in the format ${format}`, 'Measure again.');
}

/** A list of results, or an object with it as `results`; failed ones have no time. */
function pytorchResults({ path, json }: Read): PytorchResult[] {
  const list = typeof json === 'object' && json !== null && 'results' in json ? json.results : json;
  if (!Array.isArray(list))
    throw new FormatError(`${path}: not a list of results`, 'Measure again.');
  return (list as readonly Partial<PytorchResult>[]).filter(
    (result): result is PytorchResult => Number.isFinite(result.ms) && result.shape !== undefined,
  );
}
