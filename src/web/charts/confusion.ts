import { element } from '../dom.js';
import { t } from '../language/words.js';

/**
 * A confusion matrix as a table: counts, shaded by share of the true label.
 *
 * @param confusion counts [C, C], rows are the truth
 */
export function confusionTable(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): HTMLElement {
  const corner = element('td', { class: 'quiet' }, t().train.truth);
  const head = element(
    'tr',
    {},
    corner,
    ...labels.map((name) => element('th', { scope: 'col' }, name)),
  );
  const rows = confusion.map((counts, truth) => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    const cells = counts.map((count, predicted) => {
      const share = total === 0 ? 0 : count / total;
      const cell = element('td', { class: truth === predicted ? 'right' : '' }, String(count));
      cell.style.setProperty('--share', `${Math.round(70 * share)}%`);
      return cell;
    });
    return element('tr', {}, element('th', { scope: 'row' }, labels[truth] ?? ''), ...cells);
  });
  const table = element(
    'table',
    { class: 'confusion' },
    element('caption', {}, t().train.validation),
    element('thead', {}, head),
    element('tbody', {}, ...rows),
  );
  const region = { tabindex: '0', role: 'region', 'aria-label': t().train.confusion };
  return element('div', { class: 'scroll', ...region }, table);
}
