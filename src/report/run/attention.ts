/** What a model attends to in one recording, and its prediction. */
import * as Plot from '@observablehq/plot';
import { inBins, largestMagnitude, mean } from '../draw/bins.js';
import { duration, percent } from '../draw/format.js';
import { html, type Html } from '../draw/html.js';
import { draw } from '../draw/svg.js';
import { finiteOr0, steps, type Step } from '../draw/time.js';
import type { ReportPrediction } from './types.js';

/** Most steps of a curve that a figure of this width can show. */
const mostSteps = 400;
const margins = { marginLeft: 46, marginRight: 14 };

export function predictionSection(prediction: ReportPrediction): Html {
  const { path, model, truth, scores, seconds } = prediction;
  const ranked = Object.entries(scores).sort(([, a], [, b]) => b - a);
  const said = ranked[0]?.[0] ?? 'nothing';
  return html`<section>
    <h2>One recording</h2>
    <p>
      <code>${path}</code> (${duration(seconds)}): ${model} predicts <strong>${said}</strong>${
        truth === undefined ? '' : `, the true label is ${truth}`
      }.
    </p>
    <div class="columns">
      ${attentionFigure(prediction)}
      <div class="scroll">
        <table>
          <caption>
            Probability by label
          </caption>
          <tbody>
            ${ranked.map(
              ([label, score]) =>
                html`<tr>
                  <th scope="row">${label}</th>
                  <td>${percent(score)}</td>
                  <td class="bar" aria-hidden="true">
                    <span
                      style="width:${Number.isFinite(score) ? (100 * score).toFixed(1) : 0}%"
                    ></span>
                  </td>
                </tr> `,
            )}
          </tbody>
        </table>
      </div>
    </div>
  </section>`;
}

function attentionFigure({ attention, envelope, seconds }: ReportPrediction): Html {
  const title = 'Attention over time';
  const weights = inBins(attention.map(finiteOr0), mostSteps, mean);
  if (weights.length === 0 || !(seconds > 0) || !Number.isFinite(seconds)) {
    return html`<figure>
      <figcaption>${title}</figcaption>
      <p class="none">The recording has no frames.</p>
    </figure>`;
  }
  const outline = inBins(envelope.map(finiteOr0), mostSteps, largestMagnitude);
  const peak = ((weights.indexOf(Math.max(...weights)) + 0.5) / weights.length) * seconds;
  const peakTime = `${peak.toFixed(2)} s`;
  const x = { domain: [0, seconds], label: 'time (s)' };
  const atPeak = Plot.ruleX([peak], { stroke: 'var(--muted)', strokeDasharray: '2,3' });
  const wave = draw('Waveform envelope', `Largest magnitude over ${duration(seconds)}.`, {
    ...margins,
    height: 116,
    marginTop: 30,
    marginBottom: 8,
    x: { ...x, axis: null },
    y: { domain: [-1, 1], label: 'amplitude', ticks: [-1, 0, 1] },
    marks: [
      Plot.areaY(steps(outline, seconds), {
        x: 'time',
        y1: (d: Step) => -d.value,
        y2: 'value',
        fill: 'var(--series-1)',
      }),
      atPeak,
    ],
  });
  const even = 100 / attention.length;
  const weight = draw(title, `Largest at ${peakTime}.`, {
    ...margins,
    height: 176,
    marginTop: 30,
    marginBottom: 38,
    x,
    y: { label: 'attention (% per frame)', grid: true, ticks: 4, zero: true },
    marks: [
      Plot.areaY(steps(weights, seconds), {
        x: 'time',
        y1: 0,
        y2: (d: Step) => 100 * d.value,
        fill: 'var(--series-2)',
        fillOpacity: 0.75,
      }),
      Plot.ruleY([even], { stroke: 'currentColor', strokeDasharray: '5,3' }),
      atPeak,
    ],
  });
  return html`<figure>
    <figcaption>${title}</figcaption>
    ${wave} ${weight}
    <p class="note">
      Dashed: uniform attention over ${attention.length} frames. Dotted: the largest attention, at
      ${peakTime}.
    </p>
  </figure>`;
}
