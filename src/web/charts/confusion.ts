import { isLargeConfusion, largestConfusions } from '../../core/confusions.js';
import { element } from '../dom.js';
import { t } from '../language/words.js';

/**
 * A confusion matrix as a table: counts, shaded by share of the true label; of many labels only the most frequent
 * mistakes.
 *
 * @param confusion counts [C, C], rows are the truth
 */
export function confusionTable(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): HTMLElement {
  const { head, rows } = isLargeConfusion(confusion)
    ? mistakes(confusion, labels)
    : matrix(confusion, labels);
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

interface TableParts {
  readonly head: HTMLElement;
  readonly rows: readonly HTMLElement[];
}

function matrix(confusion: readonly (readonly number[])[], labels: readonly string[]): TableParts {
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
  return { head, rows };
}

function mistakes(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): TableParts {
  const column = element('th', { scope: 'col' }, t().train.truth);
  const head = element('tr', {}, column, element('td', {}));
  const rows = largestConfusions(confusion).map(({ truth, predicted, count }) => {
    const name = `${labels[truth] ?? ''} / ${labels[predicted] ?? ''}`;
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', {}, String(count)),
    );
  });
  return { head, rows };
}
