import { printableOnOneLine } from '../../core/printable.js';
import * as Plot from '@observablehq/plot';
import { inBins, largestMagnitude, mean } from '../draw/bins.js';
import { drawing, type Drawing, type Panel } from '../draw/drawing.js';
import { duration, percent } from '../draw/format.js';
import { shortened } from '../draw/labels.js';
import { finiteOr0, frameTime, steps, timeAxis, type Step } from '../draw/time.js';
import { cellIndex, markOf } from './cells.js';
import type { ExampleModel, ExampleUtterance, ExperimentReport } from './types.js';

/** Hz; higher values are not a voice's pitch, and would flatten the rest. */
const HIGHEST_VOICE = 600;
/** Most steps of a curve, and most points of the pitch, that a figure of this width can show. */
const mostSteps = 400;

/** One recording on one time axis: waveform, pitch, and what every cell attends to. */
export function attentionFigure(
  { cells }: ExperimentReport,
  example: ExampleUtterance,
  n: number,
): Drawing | undefined {
  const { seconds, envelope, pitch, models } = example;
  if (!(seconds > 0) || !Number.isFinite(seconds)) return undefined;
  const weights = models.map(({ attention }) => inBins(attention.map(finiteOr0), mostSteps, mean));
  const most = Math.max(1e-6, ...weights.flat());
  const panels = [
    ...(envelope.length > 0 ? [wavePanel(envelope, seconds)] : []),
    ...(pitch.length > 0 ? [pitchPanel(pitch, seconds)] : []),
    ...models.flatMap((model, i) => {
      const own = weights[i] ?? [];
      return own.length > 0
        ? [attentionPanel(model, own, most, cellIndex(cells, model.cell), seconds)]
        : [];
    }),
  ];
  const last = panels.at(-1);
  if (last === undefined) return undefined;
  panels[panels.length - 1] = timeAxis(last, seconds);
  const summary = models.map((model, i) => {
    const own = weights[i] ?? [];
    const peak = ((own.indexOf(Math.max(...own)) + 0.5) / Math.max(own.length, 1)) * seconds;
    return `${heard(model)}, attends most at ${peak.toFixed(2)} s`;
  });
  const title = `Example ${n}: waveform, pitch and attention`;
  return drawing(`attention-${n}`, title, `${duration(seconds)}. ${summary.join('; ')}.`, panels);
}

/** `LSTM: anger, 83.0 %` */
export function heard({ cell, label, scores }: ExampleModel): string {
  return `${cell}: ${label}, ${percent(scores[label] ?? NaN)}`;
}

function wavePanel(envelope: readonly number[], seconds: number): Panel {
  const outline = inBins(envelope.map(finiteOr0), mostSteps, largestMagnitude);
  const high = Math.max(0.05, ...outline);
  return {
    ...layout(84),
    x: { domain: [0, seconds], axis: null },
    y: { domain: [-high, high], axis: null },
    marks: [
      heading('waveform'),
      Plot.areaY(steps(outline, seconds), {
        x: 'time',
        y1: ({ value }: Step) => -value,
        y2: 'value',
        fill: 'var(--muted)',
      }),
    ],
  };
}

function pitchPanel(pitch: readonly number[], seconds: number): Panel {
  const stride = Math.ceil(pitch.length / (2 * mostSteps));
  const voiced = pitch
    .map((value, frame) => ({ time: frameTime(frame, pitch.length, seconds), value, frame }))
    .filter(({ value, frame }) => value > 0 && value <= HIGHEST_VOICE && frame % stride === 0);
  const highest = Math.max(100, ...voiced.map(({ value }) => value));
  const lowest = Math.min(highest, ...voiced.map(({ value }) => value));
  return {
    ...layout(96),
    x: { domain: [0, seconds], axis: null },
    y: { domain: [0.9 * lowest, 1.05 * highest], label: null, ticks: 3, grid: true },
    marks: [
      heading(voiced.length > 0 ? 'pitch (Hz)' : 'pitch (Hz): no voiced frames'),
      Plot.dot(voiced, { x: 'time', y: 'value', r: 1.4, fill: 'currentColor' }),
    ],
  };
}

function attentionPanel(
  model: ExampleModel,
  weights: readonly number[],
  most: number,
  cell: number,
  seconds: number,
): Panel {
  const { colour, symbol } = markOf(cell);
  const top = 105 * most;
  return {
    ...layout(96),
    x: { domain: [0, seconds], axis: null },
    y: { domain: [0, top], label: null, ticks: 3, grid: true },
    marks: [
      heading(heard({ ...model, cell: shortened(model.cell, 24) }), 16),
      Plot.dot([0], { frameAnchor: 'top-left', symbol, r: 4, fill: colour, dx: 5, dy: -13 }),
      Plot.areaY(steps(weights, seconds), {
        x: 'time',
        y1: 0,
        y2: ({ value }: Step) => 100 * value,
        fill: colour,
        fillOpacity: 0.75,
      }),
      Plot.ruleY([100 / model.attention.length], {
        stroke: 'currentColor',
        strokeDasharray: '5,3',
      }),
    ],
  };
}

function heading(text: string, dx = 0): Plot.Markish {
  return Plot.text([printableOnOneLine(text)], {
    frameAnchor: 'top-left',
    dx,
    dy: -19,
    fontWeight: 600,
  });
}

function layout(height: number): Pick<Panel, 'height'> & Plot.PlotOptions {
  return { height, marginTop: 26, marginBottom: 6, marginLeft: 40, marginRight: 14 };
}
