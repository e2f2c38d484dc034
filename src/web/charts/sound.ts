/** Panels of the recording: waveform, pitch, and where the network listens. */
import * as Plot from '@observablehq/plot';
import { inBins, mean } from '../../report/draw/bins.js';
import { fixed, percent, seconds as secondsText } from '../dom.js';
import { t } from '../language/words.js';
import type { Heard } from '../protocol.js';
import type { Panel } from './timeline.js';

interface Point {
  readonly t: number;
  readonly value: number;
}

/** Values that stand for equal intervals of time. */
export function over(seconds: number, values: ArrayLike<number>): Point[] {
  return Array.from(values, (value, i) => ({ t: ((i + 0.5) / values.length) * seconds, value }));
}

/** At most so many, evenly. */
function thinned<T>(values: readonly T[], most: number): readonly T[] {
  const step = Math.ceil(values.length / most);
  return step <= 1 ? values : values.filter((_, i) => i % step === 0);
}

/** The value that stands for a time. */
export function valueAt(seconds: number, values: ArrayLike<number>, at: number): number {
  const index = Math.min(values.length - 1, Math.floor((at / seconds) * values.length));
  return values[index] ?? NaN;
}

/** The time at which values are largest. */
export function peakOf(seconds: number, values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return ((best + 0.5) / values.length) * seconds;
}

export function outlinePanel({ outline, seconds }: Heard): Panel {
  const most = Math.max(...outline, 1e-6);
  return {
    title: t().chart.voice,
    summary: t().chart.waveform(fixed(seconds, 1)),
    height: 84,
    y: { domain: [-most, most], axis: null },
    marks: (width) => [
      Plot.areaY(
        over(
          seconds,
          inBins(outline, width / 2, (part) => Math.max(...part)),
        ),
        {
          x: 't',
          y1: (d: Point) => -d.value,
          y2: 'value',
          className: 'fill-voice',
        },
      ),
    ],
    at: () => '',
  };
}

const octaves = [50, 100, 200, 400];

/** The feature is not bounded: values beyond a voice's range are overtones, or noise. */
function isOfVoice(hertz: number): boolean {
  return hertz >= 50 && hertz <= 600;
}

export function pitchPanel({ pitch, seconds }: Heard): Panel {
  const voiced = over(seconds, pitch).filter(({ value }) => isOfVoice(value));
  const middle = voiced.map(({ value }) => value).sort((a, b) => a - b)[voiced.length >> 1] ?? 0;
  const low = voiced.reduce((least, { value }) => Math.min(least, value), 90);
  const high = voiced.reduce((most, { value }) => Math.max(most, value), 320);
  return {
    title: t().chart.pitch,
    summary: voiced.length === 0 ? t().chart.unvoiced : t().chart.medianPitch(Math.round(middle)),
    height: 96,
    y: {
      domain: [low, high],
      type: 'log',
      grid: true,
      tickFormat: 'd',
      ticks: octaves.filter((tick) => tick >= low && tick <= high),
    },
    // For a long recording, more dots than there is room for would only be slow.
    marks: (width) => [
      Plot.dot(thinned(voiced, 2 * width), { x: 't', y: 'value', r: 1.6, className: 'fill-pitch' }),
    ],
    at: (at) => {
      const hertz = valueAt(seconds, pitch, at);
      return isOfVoice(hertz) ? t().chart.pitchAt(Math.round(hertz)) : t().chart.noPitch;
    },
  };
}

/** Attention as a multiple of each frame's share under uniform weights. */
export function attentionPanel(seconds: number, attention: Float32Array): Panel {
  const times = attention.map((weight) => weight * attention.length);
  const peak = peakOf(seconds, times);
  return {
    title: t().chart.attention,
    summary: t().chart.largestAt(fixed(peak, 2)),
    height: 96,
    y: { zero: true, grid: true },
    marks: (width) => {
      const points = over(seconds, inBins(times, width, mean));
      return [
        Plot.areaY(points, { x: 't', y: 'value', className: 'fill-attention' }),
        Plot.lineY(points, { x: 't', y: 'value', className: 'stroke-attention' }),
        Plot.ruleY([1], { className: 'even', strokeDasharray: '3,3' }),
      ];
    },
    at: (at) => t().chart.attentionAt(fixed(valueAt(seconds, times, at), 2)),
  };
}

/** Where most of the attention is, in words: for a longer recording, in which second. */
export function attentionText(seconds: number, attention: Float32Array): string {
  if (seconds < 4) return t().answer.listensAt(secondsText(peakOf(seconds, attention)));
  const part = Math.max(1, Math.round(attention.length / Math.max(1, seconds)));
  let best = 0;
  let sum = 0;
  let most = -1;
  attention.forEach((weight, frame) => {
    sum += weight - (frame >= part ? (attention[frame - part] ?? 0) : 0);
    if (frame >= part - 1 && sum > most) [most, best] = [sum, frame - part + 1];
  });
  const from = (best / attention.length) * seconds;
  return t().answer.listensOver(percent(Math.min(1, most)), `${fixed(from, 1)} s`);
}
