import { cells, type Cell } from '../../core/cells.js';
import { element, table } from '../dom.js';
import { t } from '../language/words.js';
import type { DataSummary, TrainSettings } from '../protocol.js';

/** A form's number; the form has checked it. */
export function numberOf(form: FormData, name: string): number {
  return Number(form.get(name));
}

export function cellOf(form: FormData): Cell {
  const chosen = form.get('cell');
  return cells.find((cell) => cell === chosen) ?? 'a-lstm';
}

export function settingsFrom(form: HTMLFormElement): TrainSettings {
  const data = new FormData(form);
  return {
    cell: cellOf(data),
    units: numberOf(data, 'units'),
    recurrentLayers: numberOf(data, 'recurrentLayers'),
    subsample: numberOf(data, 'subsample'),
    epochs: numberOf(data, 'epochs'),
    batch: numberOf(data, 'batch'),
    learningRate: numberOf(data, 'learningRate'),
  };
}

/** Puts settings into the fields with their names. */
export function showSettings(form: HTMLFormElement, settings: object): void {
  for (const [name, value] of Object.entries(settings)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      field.value = String(value);
    }
  }
}

export function dataTable({ recordings, labels, notes }: DataSummary): HTMLElement[] {
  const rows = Object.entries(labels).map(([label, count]) => [label, String(count)]);
  const told = notes.map((note) => element('p', { class: 'quiet' }, `${note}.`));
  const total = [t().train.total, String(recordings)];
  return [
    table(t().train.byLabel, [t().train.label, t().train.recordings], [...rows, total]),
    ...told,
  ];
}
