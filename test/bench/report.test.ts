import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { compared, type PeersFile } from '../../bench/peer-results.js';
import { writeReport } from '../../bench/report.js';
import { tablesOf } from '../../bench/tables.js';
import { shapesOf } from '../../src/bench/grid.js';
import type { BenchFile } from '../../src/bench/results.js';
import { MemoryFiles } from '../support/memory-files.js';

const origin = {
  adapter: 'a <new> adapter',
  kind: 'gpu',
  driver: 'driver 1.2',
  version: '0.1.0',
  date: '2020-01-02T03:04:05.000Z',
} as const;
const shapes = shapesOf(
  'train-step',
  { batch: [8, 32], frames: [50, 100], units: [64, 128], cell: ['lstm', 'a-lstm'] },
  { software: false, f16: true },
);
const [shape] = shapes;
if (!shape) throw new Error('no shape');
const ceilings = {
  precision: 'f32',
  productSize: 512,
  productGflops: 10,
  copyBytes: 1024,
  copyGBPerSecond: 2,
  kernelCopyGBPerSecond: 1,
  bufferCopyGBPerSecond: 2,
} as const;
const common = {
  bench: 'train-step',
  ...origin,
  ceilings,
  steps: 4,
  blocks: 2,
  fastest: 1,
} as const;
const plan = {} as never; // no figure or table shows it

const files: Record<'train-step' | 'scaling' | 'kernels', BenchFile> = {
  'train-step': {
    format: 'alstm-bench-1',
    ...origin,
    bench: 'train-step',
    results: shapes.map((own, i) => ({
      ...common,
      shape: own,
      ms: 10 + i,
      framesPerSecond: 1000 * (i + 1),
      hostMs: 0.5,
      cpuMs: 0.6,
      firstStepMs: 100,
      submits: 1,
      parts: 1,
      bytes: 1,
      gflop: 0.1,
      gflops: 5,
      floorBytes: 1e6,
      loss: 1,
      productShare: 0.5,
      copyShare: 0.25,
      plan,
    })),
    skipped: [],
  },
  scaling: {
    format: 'alstm-bench-1',
    ...origin,
    bench: 'scaling',
    results: [
      {
        bench: 'scaling',
        ...origin,
        shape,
        ms: 7,
        framesPerSecond: 1,
        axes: [
          {
            axis: 'units',
            points: [
              { value: 64, ms: 10 },
              { value: 128, ms: 25 },
            ],
            exponent: 1.32,
            correlation: 1,
          },
        ],
        sumOfLengths: {
          points: [
            { lengths: '1 to 50', frames: 200, ms: 4, overProportional: 1.14 },
            { lengths: 'all 50', frames: 400, ms: 7, overProportional: 1 },
          ],
          slope: 0.015,
          intercept: 1,
          correlation: 0.999,
        },
      },
    ],
    skipped: [],
  },
  kernels: {
    format: 'alstm-bench-1',
    ...origin,
    bench: 'kernels',
    results: [
      {
        bench: 'kernels',
        ...origin,
        shape,
        method: 'timestamps',
        ms: 5,
        steps: 1,
        framesPerSecond: 1,
        kernels: [
          { kernel: 'product', passes: 3, ms: 4, share: 0.8, gflops: 12, gbPerSecond: 3 },
          { kernel: 'sums', passes: 1, ms: 1, share: 0.2, gflops: 2, gbPerSecond: 1 },
        ],
        passes: [],
        plan,
      },
    ],
    skipped: [],
  },
};

const run = (ms: number, more = {}) => ({
  adapter: 'x',
  ms,
  firstStepMs: 10 * ms,
  version: '1',
  ...more,
});
const peers: PeersFile = {
  format: 'alstm-bench-peers-1',
  ...origin,
  rounds: 3,
  comparisons: [
    compared('train-step', { batch: 8, frames: 50, units: 64 }, [
      { ours: run(2), theirs: run(40, { peer: 'other', backend: 'webgpu' }) },
      { ours: run(4), theirs: run(40, { peer: 'other', backend: 'webgpu' }) },
      { ours: run(2), theirs: run(60, { peer: 'other', backend: 'webgpu' }) },
    ]),
  ],
  failed: [],
};

function stored(): MemoryFiles {
  const json = Object.entries({ ...files, peers }).map(
    ([name, file]) => [`results/new/${name}.json`, JSON.stringify(file)] as const,
  );
  const page = ['train-step', 'new/scaling', 'sum-of-lengths', 'peers', 'pytorch']
    .map((name) => `# ${name}\n<!-- bench:${name} -->\nold\n<!-- /bench:${name} -->\nafter\n`)
    .join('');
  const pytorch = {
    results: [
      {
        ...{ kind: 'train-step', version: '2.9', implementation: 'cudnn', cell: 'lstm' },
        ...{ precision: 'f32', adapter: 'x', ms: 5, shape: { batch: 8, frames: 50, units: 64 } },
      },
      { error: 'out of memory' },
    ],
  };
  const more = { 'page.md': page, 'results/new/pytorch.json': JSON.stringify(pytorch) };
  return new MemoryFiles({ ...Object.fromEntries(json), ...more });
}

const textOf = async (where: MemoryFiles, path: string) =>
  new TextDecoder().decode(await where.read(path));

test('the ratio is the median of the pairs’ own', () => {
  const [
    { ratios, ratio, ours, theirs, oursFirst, sameAdapter } = compared('train-step', shape, []),
  ] = peers.comparisons;
  expect(ratios).toEqual([20, 10, 30]);
  expect({ ratio, ours, theirs, oursFirst, sameAdapter }).toEqual({
    ...{ ratio: 20, ours: 2, theirs: 40, oursFirst: 20, sameAdapter: true },
  });
});

test('every result becomes a figure, and a table where a page asks for it', async () => {
  const where = stored();
  const written = await writeReport(where, 'results', ['page.md', 'none.md']);
  const figures = ['kernels', 'peers', 'scaling', 'sum-of-lengths', 'train-step'];
  const paths = [...figures.map((name) => `results/new/${name}.svg`), 'page.md'];
  expect(new Set(written)).toEqual(new Set(paths));
  const page = await textOf(where, 'page.md');
  expect(page).not.toContain('old');
  expect(page.match(/^after$/gm)).toHaveLength(5);
  expect(page).toContain(
    '| lstm f32 | 8 | 50 | 64 | 10.0 | 1,000 | 5.00 | 50.0% | 25.0% | 0.500 |',
  );
  expect(page).toContain('| lstm f32 | units | 1.32 | 64 | 128 | 10.0 | 25.0 |');
  expect(page).toContain('| 1 to 50 | lstm f32 | 200 | 4.00 | 1.14 |');
  expect(page).toContain('| other 1, webgpu | train-step | B 8 T 50 H 64 | 40.0 | 2.00 | 20.0 |');
  expect(page).toContain(
    '| 2.9 cudnn f32 | train-step | lstm | B 8 T 50 H 64 | 5.00 | 10.0 | 0.500 |',
  );
  // once more: nothing has changed, nothing is written
  expect(await writeReport(where, 'results', ['page.md'])).toEqual([]);
});

test('figures are files of their own with a mark for each result, for light and dark pages', async () => {
  const where = stored();
  await writeReport(where, 'results', []);
  const svg = await textOf(where, 'results/new/train-step.svg');
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).toContain('a &lt;new&gt; adapter');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  const { document } = parseHTML(svg);
  expect(document.querySelectorAll('[aria-label="dot"] circle')).toHaveLength(shapes.length);
  expect(document.querySelector('svg')?.getAttribute('aria-label')).toContain('Fastest: 16,000');
  const bars = parseHTML(await textOf(where, 'results/new/kernels.svg')).document;
  const widths = Array.from(bars.querySelectorAll('[aria-label="bar"] rect'), (bar) =>
    Number(bar.getAttribute('width')),
  );
  expect((widths[0] ?? 0) / (widths[1] ?? 0)).toBeCloseTo(4, 6);
});

test('marks without an end or without a result are refused, and the page stays as it was', async () => {
  const where = stored();
  const pages = {
    'open.md': '<!-- bench:peers -->',
    'none.md': '<!-- bench:speed -->\n<!-- /bench:speed -->',
  };
  for (const [path, text] of Object.entries(pages)) {
    await where.write(path, text);
    await expect(writeReport(where, 'results', [path])).rejects.toThrow(path);
    expect(await textOf(where, path)).toBe(text);
  }
  await where.write('results/new/peers.json', '{"format":"something else"}');
  await expect(writeReport(where, 'results', [])).rejects.toThrow('results/new/peers.json');
});

test('of very many shapes the short table has the fastest of each cell and size', () => {
  const [result] = files['train-step'].results;
  if (result?.bench !== 'train-step') throw new Error('no result');
  const many = Array.from({ length: 60 }, (_, i) => {
    const units = i % 2 === 0 ? 64 : 128;
    return {
      ...result,
      framesPerSecond: 1000 + i,
      shape: { ...result.shape, units, batch: i + 1 },
    };
  });
  const file = { ...files['train-step'], results: many };
  const tables = tablesOf({ adapter: 'new', bench: [file], peers: undefined, pytorch: [] });
  const rows = (name: string) => tables[name]?.split('\n').slice(2) ?? [];
  expect(rows('train-step-all')).toHaveLength(60);
  expect(rows('train-step').map((row) => row.slice(0, 29))).toEqual([
    '| lstm f32 | 59 | 50 | 64 | 1',
    '| lstm f32 | 60 | 50 | 128 | ',
  ]);
});
