/** Every command that writes, into a folder of its own: what to run, how it goes on, what it has then written. */
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeFiles } from '../../src/platform/node/files.js';
import { writeModel } from '../../src/model/folder.js';
import { adapterArgs, alstmHere, filesIn, writeFiles } from '../cli/run-cli.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinyModel } from '../model/tiny-model.js';
import { timelessFile } from './run-folders.js';

type Place = (...parts: readonly string[]) => string;

export interface Writing {
  /** Puts there what the command finds. */
  readonly prepare?: (folder: string) => void;
  /** The command line, which writes into `folder` and nowhere else. */
  readonly args: (folder: string) => readonly string[];
  /** What is added to the command line to go on. */
  readonly again?: readonly string[];
  /** Files that grow: any beginning of them may be seen. */
  readonly grows?: RegExp;
  /** Files that are written more than once: any of them may be seen. */
  readonly changes?: RegExp;
  /** Of a command whose results are times: what its files hold is not compared. */
  readonly timed?: boolean;
  /** How a command is refused that was killed once it was done. */
  readonly done?: RegExp;
}

const SMALL = ['--preset', 'alstm-1', '--units', '8', '--frontend-units', '8'];
export const sizes: readonly string[] = [...SMALL, '--head-hidden', '8'];
const shape = ['--batch', '2', '--frames', '20', '--units', '8', '--input-units', '8'];

/** Makes what the commands read, below a folder. */
export async function prepareWriting(at: Place): Promise<void> {
  await writeFiles(at('corpus'), corpusFiles(2));
  const files = new NodeFiles();
  await writeModel(files, at('model'), tinyModel());
  await writeModel(files, at('voices'), { ...tinyModel(), normalisation: { scope: 'speaker' } });
  const before = ['--out', at('before.json'), '--model', at('voices')];
  await mustRun(['enrol', 'ann', at('corpus', 'ann-0.wav'), ...before, '--cache', at('cache')]);
}

/** Makes an experiment that `experiment collect` reports on. */
export async function prepareExperiment(at: Place, args: readonly string[]): Promise<void> {
  if (!existsSync(at('experiment'))) await mustRun(args);
}

async function mustRun(args: readonly string[]): Promise<void> {
  const { status, stderr } = await alstmHere(args);
  if (status !== 0) throw new Error(stderr);
}

/** The commands, by name. */
export function writingCommands(at: Place): Readonly<Record<string, Writing>> {
  const common = ['--cache', at('cache'), ...adapterArgs()];
  const manifest = at('corpus', 'manifest.csv');
  const experiment = (out: string): string[] => [
    ...['experiment', '--manifest', manifest, '--cells', 'lstm', '--seeds', '0', '--folds', 'ann'],
    ...['--epochs', '2', ...sizes, '--out', out, ...common],
  ];
  const predict = (ending: string): Writing => ({
    args: (folder) => [
      ...['predict', at('model'), at('corpus'), '--out', join(folder, `results${ending}`)],
      ...common,
    ],
    again: ['--resume'],
    ...(ending === '.parquet'
      ? { changes: /\.parquet\.jsonl$/ } // rows, until all are there
      : { grows: /\.(jsonl|csv)$/ }),
  });
  const enrol = (folder: string, ...more: string[]): string[] => [
    ...['enrol', 'ann', at('corpus', 'ann-0.wav'), at('corpus', 'ann-1.wav')],
    ...[
      '--model',
      at('voices'),
      '--out',
      join(folder, 'ann.json'),
      ...more,
      '--cache',
      at('cache'),
    ],
  ];
  return {
    'corpus --out': {
      args: (folder) => ['corpus', 'manifest', at('corpus'), '--out', join(folder, 'a/new.csv')],
    },
    'features --out': {
      args: (folder) => ['features', at('corpus'), '--out', join(folder, 'features'), ...common],
    },
    'features --cache': {
      args: (folder) => [
        ...['features', at('corpus', 'ann-0.wav'), at('corpus', 'bob-0.wav')],
        ...['--out', join(folder, 'features'), '--cache', join(folder, 'cache')],
      ],
    },
    'export --onnx': {
      args: (folder) => ['export', at('model'), '--onnx', join(folder, 'model.onnx')],
    },
    'export --hf': {
      args: (folder) => ['export', at('model'), '--hf', join(folder, 'hf')],
      done: /cannot write a model to .*: it is not empty/,
    },
    enrol: { args: enrol, done: /exists already/ },
    'enrol --add': {
      prepare: (folder) => cpSync(at('before.json'), join(folder, 'ann.json')),
      args: (folder) => enrol(folder, '--add'),
      changes: /ann\.json$/,
    },
    'predict --out .jsonl': predict('.jsonl'),
    'predict --out .csv': predict('.csv'),
    'predict --out .parquet': predict('.parquet'),
    'experiment --out': {
      args: (folder) => experiment(join(folder, 'experiment')),
      grows: /log\.jsonl$/,
      changes: /\/runs\//,
    },
    'experiment collect': {
      prepare: () => mkdirSync(at('experiment'), { recursive: true }),
      args: (folder) => [
        ...['experiment', 'collect', at('experiment'), '--report', join(folder, 'report')],
      ],
    },
    'tune --out': {
      args: (folder) => [
        ...['tune', ...shape, '--budget', '0.2', '--out', join(folder, 'plan.json')],
        ...['--cache', join(folder, 'cache'), ...adapterArgs()],
      ],
      timed: true,
    },
    'bench --out': {
      args: (folder) => [
        ...['bench', 'inference', '--batch', '2', '--frames', '20', '--units', '8'],
        ...['--seconds', '0.1', '--out', join(folder, 'bench'), ...common],
      ],
      timed: true,
    },
  };
}

/** The arguments of the experiment that is there to be collected. */
export function experimentArgs(at: Place): string[] {
  const { args } = writingCommands(at)['experiment --out']!;
  return [...args(at())];
}

/** What is in a folder, without what depends on time or on the folder's name: by path; folders too. */
export function written(folder: string): Record<string, unknown> {
  return Object.fromEntries(
    filesIn(folder).map((name) => [name, timelessFile(name, join(folder, name), folder)]),
  );
}

/** Whether a file is as a whole one, or a beginning of it where it grows. */
export function isWhole(writing: Writing, folder: string, whole: string, name: string): boolean {
  const path = join(folder, name);
  if (writing.changes?.test(name) || writing.timed) return true;
  if (!existsSync(join(whole, name))) return false;
  if (writing.grows?.test(name)) {
    return readFileSync(join(whole, name)).indexOf(readFileSync(path)) === 0;
  }
  const [is, want] = [
    timelessFile(name, path, folder),
    timelessFile(name, join(whole, name), whole),
  ];
  return JSON.stringify(is) === JSON.stringify(want);
}
