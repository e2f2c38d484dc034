import { Random } from '../../../src/core/random.js';
import { metrics } from '../../../src/report/experiment/types.js';
import type {
  CellComparison,
  CellReport,
  CombinationWeights,
  Estimate,
  ExampleModel,
  ExampleUtterance,
  ExperimentReport,
  Metric,
  RunCurve,
  Scores,
  UnitScores,
} from '../../../src/report/experiment/types.js';

/** What a made-up report is made of; its numbers are plausible, not measured. */
export interface SampleShape {
  readonly cells: readonly string[];
  readonly speakers: readonly string[];
  readonly seeds: readonly number[];
  readonly examples: number;
}

const labels = ['anger', 'happiness', 'neutral', 'sadness'];
const perSpeaker = [18, 13, 26, 15];

export function speakerNames(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${i % 2 ? 'M' : 'F'}${String(i + 1).padStart(2, '0')}`,
  );
}

export function sampleOf(shape: SampleShape): ExperimentReport {
  const { cells, speakers, seeds } = shape;
  const random = new Random(11, 'report sample');
  const ease = speakers.map(() => 0.055 * random.normal());
  const reports = cells.map((name, n) => cellOf(name, n, shape, ease, random));
  const total = perSpeaker.reduce((sum, n) => sum + n, 0);
  return {
    title: 'LSTM and A-LSTM, each speaker left out once',
    created: '12 March 2026, 14:05',
    machines: ['llvmpipe (LLVM 19.1.7, 256 bits), alstm 0.1.0', 'SwiftShader Device, alstm 0.1.0'],
    protocol: {
      hash: '7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069',
      dataHash: 'ef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d',
      split: 'each speaker is the test set once; the next one in order is for validation',
      seeds,
      json: JSON.stringify({ cells, seeds, epochs: 40, batch: 32, folds: 'speaker' }, null, 2),
    },
    corpus: {
      name: 'Synthetic emotions',
      utterances: total * speakers.length,
      seconds: 2.9 * total * speakers.length,
      speakers: speakers.map((name) => ({ name, utterances: total })),
      labels: Object.fromEntries(labels.map((l, i) => [l, (perSpeaker[i] ?? 0) * speakers.length])),
    },
    labels,
    unit: 'speaker',
    cells: reports,
    comparisons: reports.slice(1).flatMap((cell) => compared(cell, reports[0]!, random)),
    missing: [],
    examples: Array.from({ length: shape.examples }, (_, i) => exampleOf(i, cells, random)),
  };
}

function cellOf(
  name: string,
  n: number,
  { speakers, seeds }: SampleShape,
  ease: readonly number[],
  random: Random,
): CellReport {
  const level = 0.585 + 0.016 * n;
  const units = speakers.map((speaker, i): UnitScores => {
    const own = level + (ease[i] ?? 0) + 0.014 * random.normal();
    const bySeed = seeds.map(() => scoresAround(own + 0.022 * random.normal(), random));
    return { name: speaker, utterances: 72, scores: averaged(bySeed), bySeed };
  });
  const confusion = confusionOf(level + 0.02, speakers.length, random);
  return {
    name,
    settings: {
      cell: n === 0 ? 'lstm' : 'a-lstm',
      units: 64,
      pooling: 'attention',
      offsets: n === 0 ? '–' : ['5, 3, 1', '9, 5, 1', '5, 4, 3, 2, 1'][(n - 1) % 3]!,
      optimiser: 'adam',
      'learning rate': 0.001,
    },
    parameters: 131_205 + 24_832 * n,
    runs: speakers.length * seeds.length,
    scores: perMetric((metric) => estimate(units.map(({ scores }) => scores[metric]))),
    classes: labels.map((label, i) => {
      const right = confusion[i]![i]!;
      const recall = right / sum(confusion[i]!);
      const precision = right / sum(confusion.map((row) => row[i]!));
      const f1 = (2 * precision * recall) / (precision + recall);
      return { label, precision, recall, f1, support: perSpeaker[i]! * speakers.length };
    }),
    units,
    confusion,
    curves: speakers.flatMap((fold) => seeds.map((seed) => curveOf(fold, seed, level, random))),
  };
}

function scoresAround(maf: number, random: Random): Scores {
  const near = (mean: number): number =>
    Math.min(0.99, Math.max(0.02, mean + 0.01 * random.normal()));
  return {
    maf: near(maf),
    map: near(maf + 0.022),
    accuracy: near(maf + 0.031),
    uar: near(maf + 0.008),
  };
}

function confusionOf(level: number, speakers: number, random: Random): number[][] {
  return labels.map((_, truth) => {
    const likes = labels.map((_, k) => {
      if (k === truth) return level + 0.04 * random.normal();
      const near = (truth < 2 && k < 2) || (truth >= 2 && k >= 2) ? 2.2 : 1;
      return ((1 - level) / 4) * near * (0.8 + 0.4 * random.next());
    });
    const count = perSpeaker[truth]! * speakers;
    return likes.map((x) => Math.round((3 * count * x) / sum(likes)) / 3);
  });
}

function curveOf(fold: string, seed: number, level: number, random: Random): RunCurve {
  const length = 22 + random.integer(19);
  const speed = 0.13 + 0.03 * random.next();
  const reached = level + 0.06 + 0.04 * random.normal();
  const epochs = Array.from({ length }, (_, i) => {
    const left = Math.exp(-speed * i);
    return {
      epoch: i + 1,
      loss: 0.45 + 1.75 * left + 0.03 * random.normal(),
      validationLoss: 1.02 + 1.1 * left + 0.0009 * i * i + 0.05 * random.normal(),
      validationAccuracy: reached - (reached - 0.26) * left + 0.02 * random.normal(),
    };
  });
  return { fold, seed, best: length - 8, epochs };
}

function compared(cell: CellReport, baseline: CellReport, random: Random): CellComparison[] {
  return metrics.map((metric) => {
    const differences = cell.units.map(
      ({ scores }, i) => scores[metric] - (baseline.units[i]?.scores[metric] ?? 0),
    );
    const { mean, interval } = estimate(differences);
    return {
      cell: cell.name,
      baseline: baseline.name,
      metric,
      difference: mean,
      relative: mean / baseline.scores[metric].mean,
      ...(interval === undefined ? {} : { interval, p: signFlip(differences, random) }),
      units: differences.length,
    };
  });
}

function exampleOf(n: number, cells: readonly string[], random: Random): ExampleUtterance {
  const seconds = 2.4 + 0.7 * n;
  const frames = Math.round(seconds * 100);
  const syllable = (t: number): number => Math.max(0, Math.sin(2 * Math.PI * 3.1 * t)) ** 0.7;
  const loud = (t: number): number =>
    syllable(t) * (0.35 + 0.5 * Math.exp(-(((t - 1.1) / 0.5) ** 2)));
  const times = Array.from({ length: frames }, (_, i) => (i + 0.5) / 100);
  return {
    path: `F01/utterance-${n + 1}.wav`,
    truth: labels[n % labels.length]!,
    speaker: 'F01',
    seconds,
    envelope: Array.from({ length: 400 }, (_, i) =>
      Math.min(1, loud((i / 400) * seconds) * (0.7 + 0.3 * random.next()) + 0.01),
    ),
    pitch: times.map((t) =>
      loud(t) > 0.2 ? 190 + 70 * Math.exp(-(((t - 1.1) / 0.6) ** 2)) + 8 * Math.sin(9 * t) : 0,
    ),
    models: cells.map((cell, i) => exampleModel(cell, i, n, times, loud, random)),
  };
}

function exampleModel(
  cell: string,
  i: number,
  n: number,
  times: readonly number[],
  loud: (t: number) => number,
  random: Random,
): ExampleModel {
  const focus = times.map((t) => 0.05 + loud(t) * Math.exp(-(((t - 0.9 - 0.12 * i) / 0.4) ** 2)));
  const votes = labels.map(
    (_, k) => (k === (i === 0 && n === 1 ? 0 : n % 4) ? 3 : 0.4) + random.next(),
  );
  const scores = Object.fromEntries(labels.map((l, k) => [l, votes[k]! / sum(votes)]));
  const label = labels[votes.indexOf(Math.max(...votes))]!;
  const attention = focus.map((x) => x / sum(focus));
  if (i !== 1) return { cell, label, scores, attention };
  const combination = (['forward', 'backward'] as const).map((direction) =>
    combinationOf(direction, times, loud),
  );
  return { cell, label, scores, attention, combination };
}

function combinationOf(
  direction: CombinationWeights['direction'],
  times: readonly number[],
  loud: (t: number) => number,
): CombinationWeights {
  const frames = times.map((_, i) => i).filter((i) => i % 5 === (direction === 'forward' ? 4 : 0));
  const rows = (shift: number): number[][] =>
    frames.map((frame) => {
      const x = loud(times[frame]! + shift);
      const weights = [0.5 + 0.5 * x, 0.8, 1.2 + 1.8 * (1 - x)].map(Math.exp);
      return weights.map((w) => w / sum(weights));
    });
  return { direction, offsets: [5, 3, 1], frames, cell: rows(0), output: rows(0.12) };
}

/** Share of random signs under which the mean is as far from 0. */
function signFlip(differences: readonly number[], random: Random): number {
  const observed = Math.abs(sum(differences)) - 1e-12;
  const draws = Array.from({ length: 2000 }, () =>
    Math.abs(sum(differences.map((x) => (random.word() & 1 ? x : -x)))),
  );
  return (1 + draws.filter((x) => x >= observed).length) / 2001;
}

/** As the contract has it: no interval for fewer than five. */
function estimate(values: readonly number[]): Estimate {
  const mean = sum(values) / values.length;
  if (values.length < 5) return { mean };
  const variance = sum(values.map((x) => (x - mean) ** 2)) / (values.length - 1);
  const half = 1.96 * Math.sqrt(variance / values.length);
  return { mean, interval: [mean - half, mean + half] };
}

function averaged(all: readonly Scores[]): Scores {
  return perMetric((metric) => sum(all.map((scores) => scores[metric])) / all.length);
}

function perMetric<T>(of: (metric: Metric) => T): Record<Metric, T> {
  return { maf: of('maf'), map: of('map'), accuracy: of('accuracy'), uar: of('uar') };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, x) => total + x, 0);
}

export const sample = sampleOf({
  cells: ['LSTM', 'A-LSTM 5, 3, 1', 'A-LSTM 9, 5, 1', 'A-LSTM all'],
  speakers: speakerNames(9),
  seeds: [1, 2, 3],
  examples: 2,
});
