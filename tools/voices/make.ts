/**
 * Makes the models that come along: trains them on corpora of speech, measures them on speakers and corpora that they never
 * heard, calibrates them, and writes each with its card and terms.
 *
 *     npm run voices -- NAME... --corpora emodb=DIR,nemo=DIR,ravdess=DIR,turev=DIR,emotale=DIR
 *         [--work DIR] [--out src/voices] [--adapter NAME] [--cache DIR] [--shard 1/2] [--only speakers|corpora|final|answers]
 *
 * NAME is one of the recipes, or a name of your own with --train cremad,jlcorpus,… [--fit …] [--check …]
 * [--emotions a,b,…] [--license SPDX] [--settings FILE]. Every step that is done is kept in --work and not done again. Corpora to check on
 * may be missing. MP3 is measured where LAME is installed. `npm run bench:report` then writes the tables.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { openWorkingTree } from '../../bench/working-tree.js';
import { corpusOfSource } from '../../src/data/corpus-of-source.js';
import type { Utterance } from '../../src/corpora/corpus.js';
import { joinedSource } from '../../src/corpora/several.js';
import type { Engine } from '../../src/gpu/engine.js';
import { readModel } from '../../src/model/folder.js';
import { userCacheFolder } from '../../src/platform/node/cache.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { adapterChoices } from '../../src/platform/node/open-gpu.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { hearHeldOut, type HeldOut, type Sound, sounds } from './held-out.js';
import { evaluationOf } from './measures.js';
import { Mp3s } from './mp3.js';
import { maps, type Recipe, recipes } from './recipes.js';
import { folderOf, type Places, trainExperiment, trainFinal } from './stages.js';
import { writeVoice } from './write.js';

const list = (text: string | undefined): string[] => text?.split(',').filter(Boolean) ?? [];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    corpora: { type: 'string' },
    work: { type: 'string', default: '.cache/voices' },
    out: { type: 'string', default: 'src/voices' },
    adapter: { type: 'string' },
    cache: { type: 'string', default: userCacheFolder() },
    shard: { type: 'string' },
    only: { type: 'string' },
    train: { type: 'string' },
    fit: { type: 'string' },
    check: { type: 'string' },
    emotions: { type: 'string' },
    license: { type: 'string' },
    settings: { type: 'string' },
    evaluations: { type: 'string', default: 'bench/experiments/voices' },
  },
});
const files = new NodeFiles();
const { work, cache, out, adapter, shard } = values;
const corpora = Object.fromEntries(
  list(values.corpora).map((part) => {
    const [name = '', ...path] = part.split('=');
    return [name, path.join('=')] as const;
  }),
);
const places: Places = { corpora, work, cache, adapter, shard };
const log = (line: string): void => console.error(line);

if (positionals.length === 0) {
  console.error(`Give the names of models: ${recipes.map(({ name }) => name).join(', ')}.`);
  process.exitCode = 2;
}
for (const name of positionals) await make(recipeOf(name));

function recipeOf(name: string): Recipe {
  const found = recipes.find((own) => own.name === name);
  const base = found ?? { ...recipes[0]!, name, license: 'unknown', fit: [], check: [] };
  const train = values.train === undefined ? base.train : list(values.train);
  const fit = values.fit === undefined ? base.fit : list(values.fit);
  const { license = base.license } = values;
  if (found === undefined && values.train === undefined) {
    throw new Error(
      `${name} is no recipe: give --train, or one of ${recipes.map((own) => own.name).join(', ')}`,
    );
  }
  if (train.length === 1 && fit.length === 0) {
    throw new Error('a model of one corpus is calibrated on others: give --fit');
  }
  const own = {
    train,
    fit,
    license,
    check: values.check === undefined ? base.check : list(values.check),
    emotions: values.emotions === undefined ? base.emotions : list(values.emotions),
    settings:
      values.settings === undefined
        ? base.settings
        : (JSON.parse(readFileSync(values.settings, 'utf8')) as unknown),
  };
  return { ...base, ...own };
}

async function make(recipe: Recipe): Promise<void> {
  const { name, fit } = recipe;
  const { only } = values;
  const wants = (stage: string): boolean => only === undefined || only === stage;
  const bySpeakers =
    wants('speakers') || wants('answers') ? trainExperiment(recipe, 'speakers', places) : [];
  const byCorpora =
    fit.length === 0 && (wants('corpora') || wants('answers'))
      ? trainExperiment(recipe, 'corpora', places)
      : [];
  const final = wants('final') || wants('answers') ? trainFinal(recipe, places) : '';
  if (shard !== undefined || !wants('answers')) return; // the other part has the rest
  const choice = adapterChoices.find((known) => known === adapter);
  const engine = await openWorkingTree(cache, choice);
  try {
    const wanted: readonly Sound[] = Mp3s.available
      ? sounds
      : sounds.filter((own) => own !== 'mp3');
    const hear = (
      run: string,
      key: string,
      of: () => Promise<readonly Utterance[]>,
      how: readonly Sound[],
    ) => answers(engine, recipe, run, key, of, how);
    const speakers: HeldOut[] = [];
    for (const [i, run] of bySpeakers.entries()) {
      speakers.push(await hear(run, `speakers-${i}`, () => testSide(run), wanted));
    }
    const unseen: HeldOut[] = [];
    for (const [i, run] of byCorpora.entries()) {
      unseen.push(await hear(run, `corpora-${i}`, () => testSide(run), wanted));
    }
    for (const corpus of fit) {
      unseen.push(await hear(final, `fit-${corpus}`, () => whole(recipe, corpus), wanted));
    }
    const check: HeldOut[] = [];
    for (const corpus of recipe.check) {
      if (corpora[corpus] === undefined) log(`${corpus} is not at hand: it is not checked on`);
      else check.push(await hear(final, `check-${corpus}`, () => whole(recipe, corpus), ['clean']));
    }
    const evaluation = evaluationOf(speakers, unseen, check);
    mkdirSync(values.evaluations, { recursive: true });
    const text = await format(JSON.stringify(evaluation), { parser: 'json', printWidth: 100 });
    writeFileSync(join(values.evaluations, `${name}.json`), text);
    await writeVoice(files, recipe, final, evaluation, join(out, name));
  } finally {
    engine.close();
  }
}

/** What a model answers; kept in the work folder. */
async function answers(
  engine: Engine,
  { name }: Recipe,
  run: string,
  key: string,
  of: () => Promise<readonly Utterance[]>,
  wanted: readonly Sound[],
): Promise<HeldOut> {
  const kept = join(work, name, `answers-${key}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as HeldOut;
  const mp3s = new Mp3s(join(work, 'mp3'));
  log(`${name}: ${key}`);
  const held = await hearHeldOut(engine, files, await readModel(files, run), await of(), {
    wanted,
    cache,
    mp3s,
    log,
  });
  writeFileSync(kept, JSON.stringify(held));
  return held;
}

/** The test speakers of a run. */
async function testSide(run: string): Promise<readonly Utterance[]> {
  const { data } = await readRunConfig(files, run);
  if (data.source === undefined) throw new Error(`${run} does not name its corpus`);
  const { testSpeakers = [], ...source } = data.source;
  const { utterances } = await corpusOfSource(files, source);
  return utterances.filter(({ labels }) => testSpeakers.includes(labels['speaker'] ?? ''));
}

/** All recordings of a corpus that have one of the emotions. */
async function whole({ emotions }: Recipe, corpus: string): Promise<readonly Utterance[]> {
  const map = maps[corpus];
  const part = { corpus, path: folderOf(corpus, places), ...(map && { map }) };
  const { utterances } = await corpusOfSource(files, joinedSource([part]));
  return utterances
    .filter(({ labels }) => emotions.includes(labels['emotion'] ?? ''))
    .map((own) => ({ ...own, corpus }));
}
