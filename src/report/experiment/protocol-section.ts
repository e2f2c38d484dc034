import { duration, integer } from '../draw/format.js';
import { html, type Html } from '../draw/html.js';
import { table } from '../run/tables.js';
import type { ExperimentReport } from './types.js';
import { progressOf } from './words.js';

/** What was run, on which data and machines. */
export function protocolSection(report: ExperimentReport): Html {
  const { protocol, machines, cells } = report;
  const entries: [string, Html | string][] = [
    ['split', protocol.split],
    ['seeds', protocol.seeds.join(', ')],
    ['runs', progressOf(report).text],
    ['computed on', html`${machines.map((machine) => html`<div>${machine}</div>`)}`],
    ['hash of the protocol', html`<code>${protocol.hash}</code>`],
    ['hash of the data', html`<code>${protocol.dataHash}</code>`],
  ];
  return html`<section>
    <h2>Protocol</h2>
    <dl>
      ${entries.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
    </dl>
    ${cells.length === 0 ? '' : settingsTable(report)}
    <details>
      <summary>full protocol as JSON</summary>
      <pre>${protocol.json}</pre>
    </details>
  </section>`;
}

export function dataSection({ corpus }: ExperimentReport): Html {
  const { name, utterances, seconds, speakers, labels } = corpus;
  return html`<section>
    <h2>Data</h2>
    <p>
      ${name}: ${integer(utterances)} utterances of ${integer(speakers.length)}
      ${speakers.length === 1 ? 'speaker' : 'speakers'}, ${duration(seconds)} in total.
    </p>
    <div class="columns">
      ${table(
        'Utterances by emotion',
        ['emotion', 'utterances', 'share'],
        Object.entries(labels).map(([label, count]) => [
          label,
          integer(count),
          utterances > 0 ? `${Math.round((100 * count) / utterances)} %` : '–',
        ]),
      )}
      ${table(
        'Utterances by speaker',
        ['speaker', 'utterances'],
        speakers.map((speaker) => [speaker.name, integer(speaker.utterances)]),
      )}
    </div>
  </section>`;
}

/** Settings by cell; those that differ come first, in bold. */
function settingsTable({ cells }: ExperimentReport): Html {
  const names = [...new Set(cells.flatMap(({ settings }) => Object.keys(settings)))];
  const rows = names.map((name) => {
    const values = cells.map(({ settings }) => String(settings[name] ?? '–'));
    return { name, values, differs: new Set(values).size > 1 };
  });
  const counts = [
    ['parameters', ...cells.map(({ parameters }) => integer(parameters))],
    ['runs done', ...cells.map(({ runs }) => integer(runs))],
  ];
  const sorted = [...rows.filter(({ differs }) => differs), ...rows.filter((row) => !row.differs)];
  return table(
    'Configuration of the cells (bold: differences)',
    ['setting', ...cells.map(({ name }) => name)],
    [
      ...counts,
      ...sorted.map(({ name, values, differs }) => [
        name,
        ...values.map((value) => (differs ? html`<strong>${value}</strong>` : value)),
      ]),
    ],
  );
}
