/** Panels of what the network does: combination weights, gates, features. */
import * as Plot from '@observablehq/plot';
import { inBins, mean } from '../../report/draw/bins.js';
import { fixed } from '../dom.js';
import { t } from '../language/words.js';
import type { Looked, LookedDirection } from '../protocol.js';
import { valueAt } from './sound.js';
import type { Panel } from './timeline.js';

/** The states that a cell combines; a panel for the cell state if it has one, and one for the output. */
export function combinationPanels(
  { seconds, frames }: Looked,
  { combination, direction }: LookedDirection,
): Panel[] {
  if (combination === undefined) return [];
  const { offsets, frames: at } = combination;
  const sign = direction === 'forward' ? '−' : '+';
  const names = offsets.map((offset) => `t${sign}${offset}`);
  const times = at.map((frame) => ((frame + 0.5) / frames) * seconds);
  const order = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const panel = (title: string, rows: readonly (readonly number[])[]): Panel => {
    const courses = offsets.map((_, series) => order.map((n) => rows[n]?.[series] ?? 0));
    const means = names.map((name, series) => `${name} ${fixed(mean(courses[series] ?? []), 2)}`);
    return {
      title,
      summary: t().chart.meanWeights(means.join(', ')),
      height: 90,
      legend: names.map((name, series) => ({ name, series })),
      y: { domain: [0, 1], grid: true },
      marks: (width) =>
        linesOf(
          inBins(
            order.map((n) => times[n] ?? 0),
            width,
            mean,
          ),
          courses.map((course) => inBins(course, width, mean)),
        ),
      at: (time) => {
        const near = order.reduce(
          (best, n) =>
            Math.abs((times[n] ?? 0) - time) < Math.abs((times[best] ?? 0) - time) ? n : best,
          order[0] ?? 0,
        );
        const own = names.map((name, k) => `${name}\u00a0${fixed(rows[near]?.[k] ?? NaN, 2)}`);
        return `${t().chart.within(title)}: ${own.join(', ')}`;
      },
    };
  };
  const outputs = panel(t().chart.outputWeights, combination.output);
  return combination.cell ? [panel(t().chart.cellWeights, combination.cell), outputs] : [outputs];
}

export function gatesPanel({ seconds }: Looked, { gateNames, gates }: LookedDirection): Panel {
  const G = gateNames.length;
  const courses = gateNames.map((_, g) =>
    Float32Array.from({ length: gates.length / G }, (_, t) => gates[G * t + g] ?? 0),
  );
  const means = gateNames.map((name, g) => `${name} ${fixed(mean([...(courses[g] ?? [])]), 2)}`);
  return {
    title: t().chart.gates,
    summary: t().chart.meanGates(means.join(', ')),
    height: 110,
    legend: gateNames.map((name, series) => ({ name, series })),
    y: { domain: [0, 1], grid: true },
    marks: (width) => {
      const binned = courses.map((course) => inBins(course, width, mean));
      const count = binned[0]?.length ?? 0;
      const times = Array.from({ length: count }, (_, i) => ((i + 0.5) / count) * seconds);
      return linesOf(times, binned);
    },
    at: (time) =>
      gateNames
        .map((name, g) => `${name}\u00a0${fixed(valueAt(seconds, courses[g] ?? [], time), 2)}`)
        .join(', '),
  };
}

/** Colour range: values beyond this many standard deviations look alike. */
const MOST = 3;

/** Normalised features: each has mean 0 and variance 1 over the recording. */
export function featuresPanel({ seconds, frames, features, featureNames }: Looked): Panel {
  const F = featureNames.length;
  // A row by itself is lower than a line of text.
  const groups = groupsOf(featureNames).filter(([, from, to]) => to - from > 1);
  const [first, last] = [wordsOf(featureNames[0]), wordsOf(featureNames.at(-1))];
  return {
    title: t().chart.features,
    summary: t().chart.featuresAbout(F, first ?? '', last ?? ''),
    height: 7 * F,
    y: {
      domain: [0, F],
      reverse: true,
      ticks: groups.filter(hasRoom).map(([, from, to]) => (from + to) / 2),
      tickSize: 0,
      tickFormat: (y: number) => groups.find(([, from, to]) => (from + to) / 2 === y)?.[0] ?? '',
    },
    marks: (width) => {
      const columns = Math.min(frames, Math.floor(width));
      const image = heatMap(features, frames, F, columns);
      return [
        Plot.image([0], {
          src: () => image,
          x: () => seconds / 2,
          y: () => F / 2,
          width: width - 56,
          height: 7 * F,
          preserveAspectRatio: 'none',
          imageRendering: 'pixelated',
        }),
      ];
    },
    at: (time) => {
      const frame = Math.min(frames - 1, Math.floor((time / seconds) * frames));
      const row = Array.from(features.subarray(frame * F, (frame + 1) * F));
      const largest = [...row.keys()]
        .sort((a, b) => Math.abs(row[b] ?? 0) - Math.abs(row[a] ?? 0))
        .slice(0, 2);
      return largest
        .map((f) => `${wordsOf(featureNames[f])} ${fixed(row[f] ?? 0, 1)} σ`)
        .join(', ');
    },
  };
}

function wordsOf(feature = ''): string {
  return feature.replaceAll('_', ' ');
}

/** Names for groups of features; other features are grouped by how their names begin. */
const familiar: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['energy', /^(zcr|energy)/],
  ['shape', /^spectral_/],
  ['pitch', /^(harmonic_ratio|pitch)$/],
  ['voicing', /^(f0_semitones|voiced|autocorrelation_peak|hnr_db)$/],
  ['loudness', /^(level_db|loudness)$/],
  ['timbre', /^(alpha_ratio_db|hammarberg_db|slope_\d|flux|h1_|log_centroid)/],
  ['mfcc', /^voice_mfcc_/],
];

/** Names of single rows would lie over each other. */
function hasRoom([, from, to]: readonly [name: string, from: number, to: number]): boolean {
  return to - from >= 2;
}

/** Row labels: first row, row after the last. */
function groupsOf(
  featureNames: readonly string[],
): readonly (readonly [name: string, from: number, to: number])[] {
  const groups: [name: string, from: number, to: number][] = [];
  featureNames.forEach((feature, f) => {
    const [known] = familiar.find(([, pattern]) => pattern.test(feature)) ?? [];
    const name = known ?? feature.replace(/[_\d].*$/, '');
    const group = groups.at(-1);
    if (group?.[0] === name) group[2] = f + 1;
    else groups.push([name, f, f + 1]);
  });
  return groups;
}

/** A picture of [T, F], time to the right: blue below the mean, orange above it. */
function heatMap(features: Float32Array, frames: number, F: number, columns: number): string {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = F;
  const context = canvas.getContext('2d');
  if (context === null) return '';
  const picture = context.createImageData(columns, F);
  for (let f = 0; f < F; f++) {
    for (let x = 0; x < columns; x++) {
      const frame = Math.floor((x / columns) * frames);
      const value = (features[frame * F + f] ?? 0) / MOST;
      const [r, g, b] = value < 0 ? [0, 114, 178] : [230, 120, 20];
      picture.data.set([r, g, b, 255 * Math.min(1, Math.abs(value))], 4 * (f * columns + x));
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas.toDataURL();
}

/** A line for each course, through the same times. */
function linesOf(
  times: readonly number[],
  courses: readonly (readonly number[])[],
): Plot.Markish[] {
  return courses.map((course, series) =>
    Plot.lineY(course, { x: times, y: course, className: `stroke-${series}` }),
  );
}
