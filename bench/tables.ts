/** Stored results as Markdown tables, and inserting them into a page. */
import type { BenchFile, BenchResult } from '../src/bench/results.js';
import { cellName } from '../src/bench/shape.js';
import { digits, percent } from '../src/bench/text.js';
import { FormatError } from '../src/core/errors.js';
import { peerName, shapeName, type PeersFile } from './peer-results.js';
import { resultsOf, type PytorchResult, type StoredResults } from './stored.js';

/** Tables by name: `train-step`, `peers`, … */
export type Tables = Readonly<Record<string, string>>;

type Row = readonly string[];

/** Most rows of `train-step`, which shows only the fastest shapes if there are more; `-all` shows all. */
const SHORT = 24;

/** The first column is left-aligned, the others right. */
function markdown(header: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, i) => (i === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map(line).join('\n');
}

/** All tables of an adapter's results. */
export function tablesOf({ bench, peers, pytorch }: StoredResults): Tables {
  const tables: Record<string, string> = {};
  for (const file of bench) {
    if (file.results.length > 0) Object.assign(tables, benchTables(file));
  }
  if (peers && peers.comparisons.length > 0) tables['peers'] = peersTable(peers);
  if (pytorch.length > 0) {
    const steps = bench.flatMap((file) => resultsOf(file, 'train-step'));
    tables['pytorch'] = pytorchTable(pytorch, steps);
  }
  return tables;
}

function benchTables(file: BenchFile): Tables {
  switch (file.bench) {
    case 'train-step': {
      const results = resultsOf(file, 'train-step');
      return {
        'train-step': trainTable(results.length > SHORT ? fastestOf(results) : results),
        'train-step-all': trainTable(results),
      };
    }
    case 'inference':
      return { inference: inferenceTable(resultsOf(file, 'inference')) };
    case 'kernels':
      return { kernels: kernelsTable(resultsOf(file, 'kernels')) };
    case 'scaling': {
      const results = resultsOf(file, 'scaling');
      return { scaling: scalingTable(results), 'sum-of-lengths': lengthsTable(results) };
    }
  }
}

/** For each cell, precision and number of units, the shape with the most frames per second. */
function fastestOf(results: readonly BenchResult<'train-step'>[]): BenchResult<'train-step'>[] {
  const fastest = new Map<string, BenchResult<'train-step'>>();
  for (const result of results) {
    const { shape, framesPerSecond } = result;
    const key = `${cellName(shape)} ${shape.precision} ${shape.units}`;
    if (framesPerSecond > (fastest.get(key)?.framesPerSecond ?? 0)) fastest.set(key, result);
  }
  return [...fastest.values()];
}

function trainTable(results: readonly BenchResult<'train-step'>[]): string {
  return markdown(
    [
      'cell',
      'B',
      'T',
      'H',
      'ms',
      'frames/s',
      'GFLOP/s',
      'of matmul peak',
      'of copy peak',
      'host ms',
    ],
    results.map(({ shape, ...r }) => [
      `${cellName(shape)} ${shape.precision}`,
      ...[shape.batch, shape.frames, shape.units].map(String),
      ...[r.ms, r.framesPerSecond, r.gflops].map(digits),
      ...[r.productShare, r.copyShare].map(percent),
      digits(r.hostMs),
    ]),
  );
}

function inferenceTable(results: readonly BenchResult<'inference'>[]): string {
  return markdown(
    ['cell', 'B', 'T', 'H', 'ms', 'utterances/s', '3 s alone, ms', 'p95'],
    results.map(({ shape, ms, utterancesPerSecond, latency }) => [
      `${cellName(shape)} ${shape.precision}`,
      ...[shape.batch, shape.frames, shape.units].map(String),
      ...[ms, utterancesPerSecond, latency.ms, latency.p95].map(digits),
    ]),
  );
}

function kernelsTable(results: readonly BenchResult<'kernels'>[]): string {
  return markdown(
    ['kernel', 'shape', 'passes', 'ms', 'share', 'GFLOP/s', 'GB/s'],
    results.flatMap(({ shape, kernels }) =>
      kernels.map((k) => [
        `\`${k.kernel}\``,
        `${cellName(shape)} ${shape.precision} ${shapeName(shape)}`,
        String(k.passes),
        digits(k.ms),
        percent(k.share),
        digits(k.gflops),
        digits(k.gbPerSecond),
      ]),
    ),
  );
}

function scalingTable(results: readonly BenchResult<'scaling'>[]): string {
  return markdown(
    ['cell', 'size', 'exponent', 'from', 'to', 'ms at the least', 'ms at the most'],
    results.flatMap(({ shape, axes }) =>
      axes.map(({ axis, exponent, points }) => {
        const [least, most] = [points[0], points.at(-1)];
        return [
          `${cellName(shape)} ${shape.precision}`,
          axis,
          exponent.toFixed(2),
          ...[least?.value ?? NaN, most?.value ?? NaN].map(String),
          ...[least?.ms ?? NaN, most?.ms ?? NaN].map(digits),
        ];
      }),
    ),
  );
}

function lengthsTable(results: readonly BenchResult<'scaling'>[]): string {
  return markdown(
    ['lengths', 'cell', 'sum of lengths', 'ms', 'of proportional'],
    results.flatMap(({ shape, sumOfLengths }) =>
      sumOfLengths.points.map(({ lengths, frames, ms, overProportional }) => [
        lengths,
        `${cellName(shape)} ${shape.precision}`,
        digits(frames),
        digits(ms),
        overProportional.toFixed(2),
      ]),
    ),
  );
}

function peersTable({ comparisons }: PeersFile): string {
  return markdown(
    ['peer', 'what', 'shape', 'peer, ms', 'alstm, ms', 'times', 'first step: peer, s', 'alstm, s'],
    comparisons.map((c) => [
      `${peerName(c)}${c.sameAdapter ? '' : ' (CPU)'}`,
      c.kind,
      shapeName(c.shape),
      ...[c.theirs, c.ours, c.ratio, c.theirsFirst / 1000, c.oursFirst / 1000].map(digits),
    ]),
  );
}

/** Compared with our result for the same cell and shape; automatic mixed precision is compared with f16. */
function pytorchTable(
  results: readonly PytorchResult[],
  ours: readonly BenchResult<'train-step'>[],
): string {
  const matching = ({ kind, cell, period, precision, shape }: PytorchResult): number => {
    if (kind !== 'train-step') return NaN;
    const same = ours.find(
      (own) =>
        own.shape.cell === cell &&
        (period === undefined || own.shape.period === period) &&
        own.shape.precision === (precision === 'amp' ? 'f16' : 'f32') &&
        own.shape.batch === shape.batch &&
        own.shape.frames === shape.frames &&
        own.shape.units === shape.units,
    );
    return same?.ms ?? NaN;
  };
  return markdown(
    ['PyTorch', 'what', 'cell', 'shape', 'PyTorch, ms', 'alstm, ms', 'times'],
    results.map((result) => {
      const own = matching(result);
      return [
        `${result.version} ${result.implementation} ${result.precision}`,
        result.kind,
        result.period === undefined ? result.cell : `${result.cell}/${result.period}`,
        shapeName(result.shape),
        ...[result.ms, own, result.ms / own].map(digits),
      ];
    }),
  );
}

/**
 * Fills each `<!-- bench:NAME -->` … `<!-- /bench:NAME -->` of a page: NAME is one of `own`, or a table, for every
 * adapter that has it, or ADAPTER/TABLE for one.
 *
 * @throws FormatError for a mark without its end, or a name without results
 */
export function fillPage(
  page: string,
  source: string,
  all: readonly StoredResults[],
  own: Tables = {},
): string {
  const marks = [...page.matchAll(/<!-- bench:(\S+) -->/g)].map(([, name = '']) => name);
  return marks.reduce((text, name) => {
    const start = `<!-- bench:${name} -->`;
    const end = `<!-- /bench:${name} -->`;
    const from = text.indexOf(start) + start.length;
    const to = text.indexOf(end, from);
    if (to === -1) throw new FormatError(`${source}: ${start} has no ${end}`, 'Add it.');
    return `${text.slice(0, from)}\n\n${own[name] ?? contentOf(name, source, all)}\n\n${text.slice(to)}`;
  }, page);
}

function contentOf(name: string, source: string, all: readonly StoredResults[]): string {
  const [adapter, table] = name.includes('/') ? name.split('/') : [undefined, name];
  const parts = all
    .filter((stored) => adapter === undefined || stored.adapter === adapter)
    .flatMap((stored) => {
      const found = tablesOf(stored)[table ?? ''];
      if (found === undefined) return [];
      return [adapter === undefined ? `\`${stored.adapter}\`\n\n${found}` : found];
    });
  if (parts.length > 0) return parts.join('\n\n');
  throw new FormatError(
    `${source}: no result for bench:${name}`,
    'Measure it, or remove the mark.',
  );
}
