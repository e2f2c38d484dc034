import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as alstm from '../../src/index.js';
import * as descriptors from '../../src/kernels/descriptor.js';
import type { KernelDescriptor } from '../../src/kernels/descriptor.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { checkCompilation, checkDescriptor } from '../../tools/check-shaders.js';
import { testEngine } from '../support/engine.js';
import * as gpu from '../support/gpu.js';
import * as kernels from '../support/kernel.js';
import { corpusFiles } from '../data/corpus-files.js';
import { blocksOf, programOf, runText, typeErrors } from './blocks.js';
import { markdownFiles } from './command-lines.js';
import { brokenLinks } from './links.js';

const here = resolve('test', 'guides');
const root = process.cwd();
let folder: string;

/** The package as the guides import it, on the adapter of the tests. */
const library = {
  ...alstm,
  openEngine: () => alstm.openEngine({ adapter: gpu.testAdapter() }),
  open: (model?: string) => alstm.open(model, { adapter: gpu.testAdapter() }),
  // A corpus of tones needs no thousand steps.
  train: (options: alstm.TrainOptions | alstm.TrainCorpusOptions) =>
    'engine' in options
      ? alstm.train(options)
      : alstm.train({ ...options, adapter: gpu.testAdapter(), epochs: 1, minSteps: 3, workers: 1 }),
};

/** Guides name files relative to the folder they run in: recordings named as they say. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-guides-'));
  const files = new alstm.NodeFiles();
  const other = [['path', 'emotion', 'speaker', 'gender']];
  for (const [path, bytes] of Object.entries(corpusFiles(8))) {
    const [, speaker = '', n = ''] = /^(\w+)-(\d+)\.wav$/.exec(path) ?? [];
    if (speaker === '' || typeof bytes === 'string') continue;
    const emotion = Number(n) % 2 === 0 ? 'anger' : 'sadness';
    await files.write(join(folder, 'recordings', speaker, `${emotion}-${n}.wav`), bytes);
    if (path === 'cid-0.wav') await files.write(join(folder, 'speech.wav'), await repeated(bytes));
    const name = `recordings/${speaker}/${emotion}-${n}.wav`;
    other.push([name, emotion === 'anger' ? 'rising' : 'falling', speaker, '']);
  }
  await files.write(join(folder, 'other.csv'), other.map((row) => `${row.join(',')}\n`).join(''));
});
afterAll(() => rm(folder, { recursive: true }));

/** A recording ten times over: long enough for a stream. */
async function repeated(bytes: Uint8Array): Promise<Uint8Array> {
  const { samples, rate } = await alstm.decodeAudio(bytes, 'speech.wav');
  const all = new Float32Array(10 * samples.length);
  for (let n = 0; n < 10; n++) all.set(samples, n * samples.length);
  return alstm.encodeWav(all, rate);
}

/** Runs a text's program in the folder, where those before it have left their files; returns what it logs. */
async function follow(path: string): Promise<string[]> {
  const text = await programOf(path);
  process.chdir(folder);
  try {
    return (await runText(text, { alstm: library })).lines;
  } finally {
    process.chdir(root);
  }
}

const losses = (line = ''): number[] =>
  (/^loss ([\d.]+) to ([\d.]+)$/.exec(line) ?? []).slice(1).map(Number);

/** What each guide says it does, by what its program logs; in this order. */
const programs: Readonly<Record<string, (lines: readonly string[]) => void>> = {
  // makes a manifest, trains, and scores on a held-out speaker
  'own-corpus.md': ([count, best, scores]) => {
    expect(count).toBe('24 recordings');
    expect(best).toMatch(/^best epoch [1-5]$/);
    const [, accuracy = NaN, uar = NaN] = (
      /^accuracy ([\d.]+) UAR ([\d.]+)$/.exec(scores ?? '') ?? []
    ).map(Number);
    expect(accuracy).toBeGreaterThan(0.5); // rising and falling tones are easy
    expect(uar).toBeGreaterThan(0.5);
  },

  // keeps all but the head whose labels differ
  'fine-tuning.md': (lines) => {
    expect(lines.join(';')).toMatch(/head emotion starts [\w ]+: its labels were anger, sadness/);
    const taken = lines.find((line) => /\d+ of \d+ parameters /.test(line)) ?? '';
    const [, some = NaN, all = NaN] = (/(\d+) of (\d+) param/.exec(taken) ?? []).map(Number);
    expect(some).toBeGreaterThan(all / 2);
    expect(lines.filter((line) => /\bstart\b/.test(line))).toEqual([]);
    expect(lines.at(-1)).toBe('2 epochs');
  },

  // reads attention, combination weights and gates
  'looking-inside.md': ([scores, attention, forward, backward, forget]) => {
    expect(scores).toMatch(/^3\.\d+ \{"anger":[\d.e-]+,"sadness":[\d.e-]+\}$/);
    expect(Number(/([\d.]+) times its share$/.exec(attention ?? '')?.[1])).toBeGreaterThanOrEqual(
      1,
    );
    for (const line of [forward, backward]) {
      const weights = Array.from((line ?? '').matchAll(/back ([\d.]+)/g), ([, text]) =>
        Number(text),
      );
      expect(weights).toHaveLength(3);
      expect(weights.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 1);
    }
    const f = Number(/^f on average ([\d.]+)$/.exec(forget ?? '')?.[1]);
    expect(f).toBeGreaterThan(0);
    expect(f).toBeLessThan(1);
  },

  // trains the cell
  'adding-a-cell.md': ([line, weights, gates]) => {
    const [first = NaN, last = NaN] = losses(line);
    expect(last).toBeLessThan(0.9 * first);
    expect(weights).toBe('["layer","direction","offsets","framesPerStep","frames","output"]');
    expect(gates).toBe('["reset","update","candidate"]');
  },

  // trains and predicts on it
  'adding-a-feature-set.md': ([line, own]) => {
    const [first = NaN, last = NaN] = losses(line);
    expect(last).toBeLessThan(first);
    expect(own).toBe('loudness2 2 ["anger","sadness"]');
  },

  // trains, predicts, and listens
  'library.md': ([first, ...windows]) => {
    expect(first).toMatch(/^(anger|sadness) true true$/);
    expect(windows.length).toBeGreaterThan(1);
    for (const line of windows) expect(line).toMatch(/^[\d.]+ (anger|sadness)$/);
  },

  // predicts many recordings, of which one is not there
  'prediction.md': (lines) =>
    expect(lines).toEqual(['speech.wav ["emotion"]', 'nowhere.wav FileError']),
};

it.each(Object.entries(programs))('the program of %s does what it says', async (guide, check) => {
  check(await follow(join(here, guide)));
});

it('the program of README predicts and trains', async () => {
  const [line] = await follow('README.md');
  expect(line).toMatch(/^(anger|happiness|neutral|sadness) 0\.\d+$/);
  expect(await new alstm.NodeFiles().list(join(folder, 'runs/mine'))).toContain('model');
});

it('adding-a-kernel.md has a kernel that agrees with its descriptor and its reference', async () => {
  const blocks = new Map(
    (await blocksOf(join(here, 'adding-a-kernel.md'))).map(({ title, text }) => [title, text]),
  );
  const textOf = (path: string) => blocks.get(path) ?? '';
  const made = await runText(textOf('src/kernels/scale_columns.ts'), {
    './descriptor.js': descriptors,
  });
  const kernel = made.exports['scaleColumns'] as KernelDescriptor;
  const source = (path: string) =>
    path === kernel.name ? textOf('shaders/scale_columns.wgsl') : nodeShaders(path);
  expect(checkDescriptor(kernel, source)).toEqual([]);
  expect(await checkCompilation(await testEngine(), kernel, source)).toEqual([]);

  const tests: (() => Promise<void>)[] = [];
  await runText(textOf('test/kernels/scale_columns.test.ts'), {
    vitest: { it: (_name: string, body: () => Promise<void>) => tests.push(body) },
    '../../src/kernels/scale_columns.js': made.exports,
    '../support/gpu.js': gpu,
    '../support/kernel.js': {
      ...kernels,
      runKernel: (...[device, own, run]: Parameters<typeof kernels.runKernel>) =>
        kernels.runKernel(device, own, { ...run, source }),
    },
  });
  expect(tests).toHaveLength(1);
  for (const body of tests) await body();
});

describe('every block of code', async () => {
  const texts = await Promise.all(
    markdownFiles().map(async (path) => ({ path, blocks: await blocksOf(path) })),
  );

  it('of TypeScript is one of the programs above, stands for a file, or quotes one', () => {
    const own = texts.filter(({ blocks }) =>
      blocks.some(({ language, title, excerpt }) => language === 'ts' && !title && !excerpt),
    );
    const run = [
      ...Object.keys(programs).map((guide) => join('test', 'guides', guide)),
      'README.md',
    ];
    expect(own.map(({ path }) => path).sort()).toEqual(run.sort());
  });

  it('that quotes a file is in it', async () => {
    const quoted = texts.flatMap(({ blocks }) =>
      blocks.flatMap(({ excerpt, text }) => (excerpt ? [{ excerpt, text }] : [])),
    );
    expect(quoted.length).toBeGreaterThan(6);
    for (const { excerpt, text } of quoted) {
      expect(await readFile(join(root, excerpt), 'utf8'), excerpt).toContain(text);
    }
  });

  it('of TypeScript matches the types of the package', async () => {
    const named: Record<string, string> = {};
    for (const { path, blocks } of texts) {
      const program = await programOf(path);
      if (program !== '') {
        named[join('test', 'guides', `${path.replaceAll(/\W/g, '-')}.ts`)] =
          `${program}\nexport {};\n`;
      }
      for (const { language, title, text } of blocks) {
        if (language === 'ts' && title !== undefined) named[title] = text;
      }
    }
    expect(Object.keys(named).length).toBeGreaterThan(Object.keys(programs).length);
    expect(typeErrors(named)).toEqual([]);
  });
});

it('the index names every guide, and every link leads to something that is there', async () => {
  const guides = (await readdir(here)).filter((name) => name.endsWith('.md'));
  const index = await readFile(join(here, 'README.md'), 'utf8');
  for (const guide of guides) if (guide !== 'README.md') expect(index).toContain(`](${guide})`);
  for (const path of markdownFiles()) expect(brokenLinks(path), path).toEqual([]);
});

it('README is read in two minutes', async () => {
  expect((await stat('README.md')).size).toBeLessThan(9000);
});
