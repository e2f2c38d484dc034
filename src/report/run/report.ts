import { predictionSection } from './attention.js';
import { confusionFigure } from './confusion.js';
import { accuracyFigure, lossFigures } from './curves.js';
import { percent } from '../draw/format.js';
import { html } from '../draw/html.js';
import { page } from '../draw/page.js';
import { dataTable, logTable, regressionTable, scoresTable, settingsTable } from './tables.js';
import type { ReportInput } from './types.js';

/**
 * A report on trained models as one HTML file: scores, losses and accuracy by epoch, confusion
 * matrices, the attention over one recording, data and configuration. It needs no other file, runs
 * no script, and follows the reader's light or dark setting.
 *
 * @returns the file's text
 */
export function renderReport(input: ReportInput): string {
  const { title, created, adapter, data, models, prediction } = input;
  const classes = models[0]?.test.labels.length ?? 0;
  const trained = models.filter(({ origin }) => origin === undefined);
  const origins = models.flatMap(({ origin }) => (origin === undefined ? [] : [origin]));
  const chance = classes > 0 ? ` Chance is ${percent(1 / classes)} for ${classes} labels.` : '';
  return page(
    title,
    html`<p>${created} · ${adapter}</p>`,
    html`
      <section>
        <h2>Results</h2>
        ${scoresTable(models)} ${regressionTable(models) ?? ''}
        ${origins.map((origin) => html`<p>${origin}</p>`)}
        <p class="note">
          UAR: unweighted average recall. MAF, MAP: macro-average F1 and precision.${chance}
        </p>
      </section>
      <section>
        <h2>Training</h2>
        <div class="columns">${lossFigures(trained)} ${accuracyFigure(trained)}</div>
        <details>
          <summary>all epochs as a table</summary>
          ${trained.map(logTable)}
        </details>
      </section>
      <section>
        <h2>Confusion on the test set</h2>
        <div class="columns">${models.map(confusionFigure)}</div>
      </section>
      ${prediction === undefined ? '' : predictionSection(prediction)}
      <section>
        <h2>Data and configuration</h2>
        ${dataTable(data)} ${settingsTable(models)}
      </section>
    `,
  );
}
