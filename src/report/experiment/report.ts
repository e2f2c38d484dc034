import { confusionTable } from '../run/confusion.js';
import { integer } from '../draw/format.js';
import { html, type Html } from '../draw/html.js';
import { page } from '../draw/page.js';
import { curvesNote } from './curves-figure.js';
import { examplesSection } from './example-section.js';
import { figure } from './figure.js';
import { figuresOf, type Figures } from './figures.js';
import { dataSection, protocolSection } from './protocol-section.js';
import {
  classTable,
  differencesTable,
  ensemblesTable,
  priorTable,
  scoresTable,
  unitsTable,
} from './result-tables.js';
import { experimentStyle } from './style.js';
import type { ExperimentReport } from './types.js';
import { table } from '../run/tables.js';
import {
  crossCorpusNote,
  crossCorpusRows,
  ensembleNote,
  intervalNote,
  metricMeanings,
  progressOf,
  sharesText,
  svmSentences,
} from './words.js';

export { experimentFigures } from './figures.js';

/**
 * A report on an experiment as one HTML file: the result table, scores with their intervals, the
 * spread by speaker, learning curves, confusion, examples, protocol and data. It needs no other
 * file, runs no script, and follows the reader's light or dark setting.
 *
 * @returns the file's text
 */
export function renderExperiment(report: ExperimentReport): string {
  const { title, created, corpus, examples, labels } = report;
  const figures = figuresOf(report);
  const lead = html`<p>${created} · ${corpus.name}, ${integer(corpus.utterances)} utterances</p>`;
  return page(
    title,
    lead,
    html`
      ${missingBanner(report)} ${resultsSection(report, figures)} ${besidesSection(report)}
      ${spreadSection(report, figures)}
      <section>
        <h2>Learning</h2>
        ${columns(
          figures.curves.map((one) => figure(one)),
          'No runs were logged.',
        )}
        ${figures.curves.length === 0 ? '' : html`<p class="note">${curvesNote}</p>`}
      </section>
      ${confusionSection(report, figures)}
      <section>
        <h2>By emotion</h2>
        ${classTable(report)}
        <p class="note">
          Over all test utterances, averaged over seeds. Bold: the highest F1 for an emotion.
        </p>
      </section>
      ${examples.length === 0 ? '' : examplesSection(figures.examples, labels)}
      ${protocolSection(report)} ${dataSection(report)}
    `,
    experimentStyle,
  );
}

function missingBanner(report: ExperimentReport): Html | string {
  const { missing } = report;
  if (missing.length === 0) return '';
  return html`<div class="missing" role="note">
    <p><strong>Incomplete: ${progressOf(report).text}.</strong> This report covers only these.</p>
    <details>
      <summary>missing runs: cell, fold, seed</summary>
      <ul>
        ${missing.map((run) => html`<li>${run}</li>`)}
      </ul>
    </details>
  </div>`;
}

function resultsSection(report: ExperimentReport, { scores }: Figures): Html {
  const { cells, unit, labels } = report;
  const differences = differencesTable(report);
  return html`<section>
    <h2>Results</h2>
    <div class="results">
      <div>${scoresTable(report)} ${differences ?? ''}</div>
      ${scores.map((one) => figure(one))}
    </div>
    <p class="note">
      Means over test ${unit}s of the means over seeds.
      ${differences === undefined ? '' : 'Differences are in percentage points, and relative to the baseline’s mean.'}
      ${intervalNote(report)} ${metricMeanings}
      ${cells.length > 1 ? 'Bold: the highest in a column.' : ''}
      ${labels.length > 0 ? `Chance is ${(100 / labels.length).toFixed(1)} % for ${labels.length} emotions.` : ''}
    </p>
  </section>`;
}

/** Ensembles, the support vector classifier against all, and the scores with a prior correction. */
function besidesSection(report: ExperimentReport): Html | string {
  const { warning = '', shares = {} } = report.prior ?? {};
  const ensembles = ensemblesTable(report);
  const prior = priorTable(report);
  const sentences = svmSentences(report);
  const [header, ...crossCorpus] = crossCorpusRows(report);
  if (!ensembles && !prior && sentences.length === 0 && header === undefined) return '';
  return html`<section>
    <h2>Ensembles and baseline</h2>
    ${
      sentences.length === 0
        ? ''
        : html`<ul>
            ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>`
    }
    ${
      ensembles === undefined
        ? ''
        : html`${ensembles}
            <p class="note">${ensembleNote}</p>`
    }
    ${
      header === undefined
        ? ''
        : html`${table('UAR by corpus', header, crossCorpus)}
            <p class="note">${crossCorpusNote}</p>`
    }
    ${
      prior === undefined
        ? ''
        : html`${prior}
            <p class="note">Warning: ${warning}. The shares: ${sharesText(shares)}.</p>`
    }
  </section>`;
}

function spreadSection(report: ExperimentReport, { spread }: Figures): Html {
  const { unit } = report;
  const note = `Marks: one per ${unit}; faint dots: its seeds; lines join the same ${unit}; bars: means.`;
  return html`<section>
    <h2>Spread by ${unit}</h2>
    ${columns(
      spread.map((one) => figure(one)),
      'No scores yet.',
    )}
    ${
      spread.length === 0
        ? ''
        : html`<p class="note">${note}</p>
            <details>
              <summary>as a table</summary>
              ${unitsTable(report)}
            </details>`
    }
  </section>`;
}

function confusionSection({ cells, labels }: ExperimentReport, { confusion }: Figures): Html {
  const tables = cells.filter((cell) => cell.confusion.length > 0);
  return html`<section>
    <h2>Confusion</h2>
    ${
      tables.length > 0 && confusion.length === 0
        ? '' // too large to draw: only tables
        : columns(
            confusion.map((one) => figure(one)),
            'No utterances were tested.',
          )
    }
    ${
      tables.length === 0
        ? ''
        : html`<p class="note">
              Test utterances, averaged over seeds, with their share of the true emotion.
            </p>
            <details ${confusion.length === 0 ? 'open' : ''}>
              <summary>as tables</summary>
              ${tables.map(
                ({ name, confusion }) =>
                  html`<h3>${name}</h3>
                    ${confusionTable(confusion, labels)}`,
              )}
            </details>`
    }
  </section>`;
}

function columns(figures: readonly Html[], none: string): Html {
  if (figures.length === 0) return html`<p class="none">${none}</p>`;
  return html`<div class="columns">${figures}</div>`;
}
