/** Small helpers for the page. Text always goes in as text, never as markup. */
import { printableLines } from '../core/printable.js';
import { t } from './language/words.js';

/** The element with that id. Throws if index.html lacks it or it is of another kind. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

export function element<N extends keyof HTMLElementTagNameMap>(
  name: N,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[N] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.map(shownChild));
  return made;
}

/** Names may hold marks that turn the direction of what follows: they are shown, not obeyed. */
function shownChild(child: Node | string): Node | string {
  return typeof child === 'string' ? printableLines(child) : child;
}

export function show(node: HTMLElement, shown: boolean): void {
  node.hidden = !shown;
}

/** A table whose first column names the rows; numbers are right-aligned. */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): HTMLElement {
  const heads = header.map((name) =>
    name === '' ? element('td') : element('th', { scope: 'col' }, name),
  );
  const head = element('tr', {}, ...heads);
  const body = rows.map(([name = '', ...cells]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      ...cells.map((cell) => element('td', {}, cell)),
    ),
  );
  const made = element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, head),
    element('tbody', {}, ...body),
  );
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    made,
  );
}

/** A number with so many decimals, as the page's language writes it. */
export function fixed(value: number, decimals: number): string {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return Number.isFinite(value) ? formatted(value, digits) : '–';
}

/** A number with so many significant digits. */
export function precise(value: number, significant: number): string {
  const digits = { minimumSignificantDigits: significant, maximumSignificantDigits: significant };
  return Number.isFinite(value) ? formatted(value, digits) : '–';
}

/** Three or four significant digits. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return formatted(value, { maximumFractionDigits: 0 });
  return formatted(value, { maximumSignificantDigits: 3 });
}

/** A share from 0 to 1; the space does not break. */
export function percent(share: number): string {
  return `${fixed(100 * share, share < 0.0995 ? 1 : 0)}\u00a0%`;
}

export function seconds(value: number): string {
  return `${fixed(value, 2)} s`;
}

export function milliseconds(value: number): string {
  return value >= 1000 ? `${fixed(value / 1000, 1)} s` : `${digits(value)} ms`;
}

/** Made once for each way of writing: making one takes longer than using it. */
const formats = new Map<string, Intl.NumberFormat>();

function formatted(value: number, options: Intl.NumberFormatOptions): string {
  const { locale } = t();
  const key = locale + JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.NumberFormat(locale, options);
  formats.set(key, format);
  return format.format(value);
}
