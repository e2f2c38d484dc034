/**
 * Measures how many recordings of a speaker a model that normalises by speaker needs, and which weight κ of the prior
 * is best: UAR on the runs' own test speakers, whose moments are those of so many of their recordings, drawn at random.
 *
 *     npm run typecheck -- --noEmit false --outDir node_modules/.cache/tools
 *     node node_modules/.cache/tools/bench/enrolment.js RUN... [--data DIR] [--out FOLDER]
 *         [--amounts itself,0,1,3,5,10,50,all] [--kappa 0.3,1,3,10] [--draws 5] [--adapter NAME] [--cache DIR]
 *
 * RUN is a run folder, or a folder of runs, such as EXPERIMENT/runs/CELL: all runs together are one test set. Writes
 * enrolment.json and enrolment.md to --out, and prints the table. Run it in the repository's folder, which has the shaders.
 */
import { parseArgs } from 'node:util';
import { ConfigError, UsageError } from '../src/core/errors.js';
import type { Files } from '../src/core/files.js';
import { joinPath } from '../src/core/paths.js';
import { loadCorpus } from '../src/data/source.js';
import { Predictor } from '../src/inference/predictor.js';
import { readModel } from '../src/model/folder.js';
import { userCacheFolder } from '../src/platform/node/cache.js';
import { NodeFiles } from '../src/platform/node/files.js';
import { adapterChoices } from '../src/platform/node/open-gpu.js';
import { isRunFolder, readRunConfig } from '../src/runs/folder.js';
import { openWorkingTree } from './working-tree.js';
import { enrolmentTable, type Known, measureEnrolment, type Tested } from './enrolments.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    amounts: { type: 'string', default: 'itself,0,1,3,5,10,50,all' },
    kappa: { type: 'string', default: '0.3,1,3,10' },
    draws: { type: 'string', default: '5' },
    adapter: { type: 'string' },
    cache: { type: 'string' },
  },
});
const files = new NodeFiles();
const cache = values.cache ?? userCacheFolder();
const adapter = adapterChoices.find((known) => known === values.adapter);
const amounts = values.amounts
  .split(',')
  .map((text): Known => (text === 'itself' || text === 'all' ? text : Number(text)));
const kappas = values.kappa.split(',').map(Number);
const engine = await openWorkingTree(cache, adapter);

interface Opened {
  readonly tested: Tested;
  readonly labels: readonly string[];
  readonly close: () => void;
}

const opened: Opened[] = [];
for (const folder of positionals) {
  for (const run of await runsIn(files, folder)) opened.push(await open(run));
}
const [first] = opened;
if (first === undefined) throw new UsageError('no run was given', 'Give run folders.');
const { labels } = first;
if (opened.some((own) => own.labels.join() !== labels.join())) {
  throw new UsageError('the runs have other emotions', 'Give runs with the same labels.');
}
const measured = await measureEnrolment(
  opened.map(({ tested }) => tested),
  amounts,
  kappas,
  Number(values.draws),
  labels.length,
  (done, total) => console.error(`${done}/${total}`),
);
for (const { close } of opened) close();
engine.close();
const recordings = opened.reduce((sum, { tested }) => sum + tested.recordings.length, 0);
const speakers = opened.map(({ tested }) => new Set(tested.recordings.map((own) => own.speaker)));
const table = enrolmentTable(measured);
console.log(table);
if (values.out !== undefined) {
  const result = {
    runs: opened.length,
    recordings,
    speakers: [...new Set(speakers.flatMap((own) => [...own]))].sort(),
    labels,
    measured,
  };
  await files.write(
    joinPath(values.out, 'enrolment.json'),
    `${JSON.stringify(result, undefined, 2)}\n`,
  );
  await files.write(joinPath(values.out, 'enrolment.md'), `${table}\n`);
}

/** The run folders at or below a path, sorted. */
async function runsIn(from: Files, folder: string): Promise<string[]> {
  if (await isRunFolder(from, folder)) return [folder];
  if (!(await from.isFolder(folder))) return [];
  const inside = (await from.list(folder)).filter((name) => !name.startsWith('.')).sort();
  const found: string[] = [];
  for (const name of inside) found.push(...(await runsIn(from, joinPath(folder, name))));
  return found;
}

/** A run's model, and the recordings of its test side. */
async function open(run: string): Promise<Opened> {
  const { data } = await readRunConfig(files, run);
  const trained = await readModel(files, run);
  const { normalisation } = trained;
  const prior = normalisation?.scope === 'speaker' ? normalisation.prior : undefined;
  if (prior === undefined || data.source === undefined) {
    throw new ConfigError(
      `${run} ${prior ? 'does not name its corpus' : 'has no prior of speakers'}`,
      'Train it from a corpus with --normalise speaker.',
    );
  }
  const source = { ...data.source, ...(values.data !== undefined && { path: values.data }) };
  const functionals = prior.functionals !== undefined;
  const warn = (line: string): void => console.error(line);
  const corpus = await loadCorpus(files, source, { cache, functionals, warn });
  const all = labelsOf(trained.labels, 'emotion');
  const recordings = corpus.utterances.flatMap(({ labels: own, split }, i) => {
    const { speaker, emotion } = own;
    const held = corpus.items[i]!;
    const truth = all.indexOf(emotion ?? '');
    const test = split === 'test' || source.testSpeakers?.includes(speaker ?? '');
    if (!test || speaker === undefined || truth < 0 || held.moments === undefined) return [];
    const { frames, moments } = held;
    return [{ speaker, truth, frames, moments, read: () => held.read('features') }];
  });
  if (recordings.length === 0) {
    throw new ConfigError(`${run} has no test speakers`, 'Train it with --test-speakers.');
  }
  const predictor = new Predictor(engine, trained);
  const head = trained.model.heads.findIndex(({ task }) => task === 'emotion');
  return {
    labels: all,
    close: () => predictor.destroy(),
    tested: {
      prior,
      recordings,
      ask: async (rows) => {
        const answers = await predictor.answer(rows, { attention: false });
        return answers.map(({ probabilities }) => probabilities[head]!);
      },
    },
  };
}

function labelsOf(sets: Readonly<Record<string, readonly string[]>>, task: string) {
  return sets[task] ?? [];
}
