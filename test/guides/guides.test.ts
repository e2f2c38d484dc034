import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

const here = resolve('test', 'guides');
const root = process.cwd();
let folder: string;

/** The package as the guides import it, on the adapter of the tests. */
const library = { ...alstm, openEngine: () => alstm.openEngine({ adapter: gpu.testAdapter() }) };

/** Guides name files relative to the folder they run in: recordings named as they say. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-guides-'));
  const files = new alstm.NodeFiles();
  const other = [['path', 'emotion', 'speaker', 'gender']];
  for (const [path, bytes] of Object.entries(corpusFiles(8))) {
    const [, speaker = '', n = ''] = /^(\w+)-(\d+)\.wav$/.exec(path) ?? [];
    if (speaker === '') continue;
    const emotion = Number(n) % 2 === 0 ? 'anger' : 'sadness';
    await files.write(join(folder, 'recordings', speaker, `${emotion}-${n}.wav`), bytes);
    if (path === 'cid-0.wav') await files.write(join(folder, 'speech.wav'), bytes);
    const name = `recordings/${speaker}/${emotion}-${n}.wav`;
    other.push([name, emotion === 'anger' ? 'rising' : 'falling', speaker, '']);
  }
  await files.write(join(folder, 'other.csv'), other.map((row) => `${row.join(',')}\n`).join(''));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a guide in the folder; each continues with what those before it wrote there. */
async function follow(guide: string): Promise<string[]> {
  const text = await programOf(join(here, guide));
  process.chdir(folder);
  try {
    return (await runText(text, { alstm: library })).lines;
  } finally {
    process.chdir(root);
  }
}

it('own-corpus.md makes a manifest, trains, and scores on a held-out speaker', async () => {
  const [count, best, scores] = await follow('own-corpus.md');
  expect(count).toBe('24 recordings');
  expect(best).toMatch(/^best epoch [1-5]$/);
  const [, accuracy = NaN, uar = NaN] = (
    /^accuracy ([\d.]+) UAR ([\d.]+)$/.exec(scores ?? '') ?? []
  ).map(Number);
  expect(accuracy).toBeGreaterThan(0.5); // rising and falling tones are easy
  expect(uar).toBeGreaterThan(0.5);
});

it('fine-tuning.md keeps all but the head whose labels differ', async () => {
  const lines = await follow('fine-tuning.md');
  expect(lines.join(';')).toMatch(/head emotion starts [\w ]+: its labels were anger, sadness/);
  const taken = lines.find((line) => /\d+ of \d+ parameters /.test(line)) ?? '';
  const [, some = NaN, all = NaN] = (/(\d+) of (\d+) param/.exec(taken) ?? []).map(Number);
  expect(some).toBeGreaterThan(all / 2);
  expect(lines.filter((line) => /\bstart\b/.test(line))).toEqual([]);
  expect(lines.at(-1)).toBe('2 epochs');
});

it('looking-inside.md reads attention, combination weights and gates', async () => {
  const [scores, attention, forward, backward, forget] = await follow('looking-inside.md');
  expect(scores).toMatch(/^0\.\d+ \{"anger":[\d.e-]+,"sadness":[\d.e-]+\}$/);
  expect(Number(/([\d.]+) times its share$/.exec(attention ?? '')?.[1])).toBeGreaterThanOrEqual(1);
  for (const line of [forward, backward]) {
    const weights = Array.from((line ?? '').matchAll(/back ([\d.]+)/g), ([, text]) => Number(text));
    expect(weights).toHaveLength(3);
    expect(weights.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 1);
  }
  const f = Number(/^f on average ([\d.]+)$/.exec(forget ?? '')?.[1]);
  expect(f).toBeGreaterThan(0);
  expect(f).toBeLessThan(1);
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

it('adding-a-cell.md quotes the files, and trains the cell', async () => {
  const blocks = await blocksOf(join(here, 'adding-a-cell.md'));
  const quoted = blocks.flatMap(({ excerpt, text }) => (excerpt ? [{ excerpt, text }] : []));
  expect(quoted.length).toBeGreaterThan(4);
  for (const { excerpt, text } of quoted) {
    expect(await readFile(join(root, excerpt), 'utf8'), excerpt).toContain(text);
  }
  const [losses, weights, gates] = await follow('adding-a-cell.md');
  const [, first = NaN, last = NaN] = (/^loss ([\d.]+) to ([\d.]+)$/.exec(losses ?? '') ?? []).map(
    Number,
  );
  expect(last).toBeLessThan(0.9 * first);
  expect(weights).toBe('["layer","direction","offsets","framesPerStep","frames","output"]');
  expect(gates).toBe('["reset","update","candidate"]');
});

it('adding-a-feature-set.md trains and predicts on it', async () => {
  const [losses, own] = await follow('adding-a-feature-set.md');
  const [, first = NaN, last = NaN] = (/^loss ([\d.]+) to ([\d.]+)$/.exec(losses ?? '') ?? []).map(
    Number,
  );
  expect(last).toBeLessThan(first);
  expect(own).toBe('loudness2 2 ["anger","sadness"]');
});

it('archives.md predicts many recordings, of which one is not there', async () => {
  expect(await follow('archives.md')).toEqual(['speech.wav ["emotion"]', 'nowhere.wav FileError']);
});

it('all of them match the types of the package', async () => {
  const guides = (await readdir(here)).filter((name) => name.endsWith('.md'));
  expect(guides).toHaveLength(9);
  const texts: Record<string, string> = {};
  for (const guide of guides) {
    const path = join(here, guide);
    texts[`test/guides/${basename(guide, '.md')}.ts`] = `${await programOf(path)}\nexport {};\n`;
    for (const { language, title, text } of await blocksOf(path)) {
      if (language === 'ts' && title !== undefined) texts[title] = text;
    }
  }
  expect(typeErrors(texts)).toEqual([]);
});
