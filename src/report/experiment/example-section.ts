import { duration, percent } from '../draw/format.js';
import { html, type Html } from '../draw/html.js';
import { table } from '../run/tables.js';
import { combinationNote } from './combination-figure.js';
import { figure } from './figure.js';
import type { ExampleFigures } from './figures.js';

/** Recordings with the cells' predictions. */
export function examplesSection(
  examples: readonly ExampleFigures[],
  labels: readonly string[],
): Html {
  return html`<section>
    <h2>Examples</h2>
    ${
      examples.length === 0
        ? html`<p class="none">There are no examples.</p>`
        : examples.map((example, i) => exampleOf(example, i + 1, labels))
    }
  </section>`;
}

function exampleOf(
  { example, attention, combination }: ExampleFigures,
  n: number,
  labels: readonly string[],
): Html {
  const { path, truth, speaker, seconds, models } = example;
  return html`<article>
    <h3>Example ${n}: ${truth}</h3>
    <p><code>${path}</code>, speaker ${speaker}, ${duration(seconds)}.</p>
    ${table(
      'Predictions of the cells',
      ['cell', 'prediction', ...labels],
      models.map(({ cell, label, scores }) => [
        cell,
        `${label} (${label === truth ? 'right' : 'wrong'})`,
        ...labels.map((name) => {
          const text = percent(scores[name] ?? NaN);
          return name === label ? html`<strong>${text}</strong>` : text;
        }),
      ]),
    )}
    <div class="columns">
      ${
        attention.length === 0
          ? html`<p class="none">The recording has no frames.</p>`
          : attention.map((one) => figure(one, attentionNote))
      }
      ${combination.map((one) => figure(one, combinationNote))}
    </div>
  </article>`;
}

const attentionNote =
  'Attention in % per frame, on one scale for all cells. Dashed: uniform attention.';
