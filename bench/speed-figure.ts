/** Speed as one figure: how many times longer the other frameworks take, on every adapter that they were measured on. */
import * as Plot from '@observablehq/plot';
import { digits } from '../src/bench/text.js';
import { bandTitles, drawFigure } from './figure.js';
import { peerName, shapeName } from './peer-results.js';
import type { StoredResults } from './stored.js';

/** A bar for each comparison of a training step on the same adapter; undefined if there is none. */
export function speedFigure(all: readonly StoredResults[]): string | undefined {
  const rows = all.flatMap(({ adapter, peers }) =>
    (peers?.comparisons ?? [])
      .filter(({ kind, sameAdapter }) => kind === 'train-step' && sameAdapter)
      .map((comparison) => ({
        name: peerName(comparison),
        place: `${adapter}, ${shapeName(comparison.shape)}`,
        ratio: comparison.ratio,
      })),
  );
  if (rows.length === 0) return undefined;
  const places = [...new Set(rows.map(({ place }) => place))];
  const names = [...new Set(rows.map(({ name }) => name))];
  const missing = places.flatMap((place) =>
    names
      .filter((name) => !rows.some((row) => row.name === name && row.place === place))
      .map((name) => ({ name, place })),
  );
  type Row = (typeof rows)[number];
  return drawFigure({
    title: 'A training step takes the others this many times as long',
    summary: rows.map(({ name, place, ratio }) => `${name}, ${place}: ${digits(ratio)}`).join('; '),
    source:
      'The same plain LSTM network on the same software adapter, taking turns; no graphics card has been measured yet.',
    options: {
      height: 60 + places.length * (names.length * 24 + 26),
      marginLeft: 200,
      marginRight: 50,
      marginTop: 26,
      x: { label: 'times as long as alstm', grid: true, zero: true, nice: true },
      y: { label: null, domain: names },
      fy: { label: null, domain: places, axis: null, padding: 0.24 },
      marks: [
        bandTitles(places, 'top-left'),
        Plot.barX(rows, { x: 'ratio', y: 'name', fy: 'place', fill: 'var(--series-1)' }),
        Plot.text(rows, {
          x: 'ratio',
          y: 'name',
          fy: 'place',
          text: ({ ratio }: Row) => `${digits(ratio)}×`,
          textAnchor: 'start',
          dx: 5,
        }),
        Plot.text(missing, {
          x: 0,
          y: 'name',
          fy: 'place',
          text: () => 'not measured',
          textAnchor: 'start',
          dx: 12,
          fill: 'var(--muted)',
        }),
        Plot.ruleX([1], { stroke: 'var(--series-2)', strokeDasharray: '4,3' }),
      ],
    },
  });
}
