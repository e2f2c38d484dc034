import { cellTraits } from '../../../core/cells.js';
import { directionsOf, type RecurrentLayer } from '../../../core/layers.js';
import type { LayoutBuilder } from '../../layout.js';
import type { RowShape } from '../../rows.js';
import { recurrentShape } from './shape.js';

/**
 * Reserves a recurrent layer's parameters. On the device they hold both directions, the four numbers of a unit
 * innermost: `weight_ih` [dir, 4u + slot, k], `weight_hh` [dir, k, u, slot], `bias` [dir, u, slot], `attention`
 * [dir, u]; a slot that the cell has no weight for holds zeros.
 */
export function recurrentParameters(
  layout: LayoutBuilder,
  config: RecurrentLayer,
  input: RowShape,
): void {
  const { name, cell, units: H } = config;
  const { units, directions } = recurrentShape(config);
  const { slots, startBias, combination } = cellTraits(cell);
  const weightIh = layout.reserve(`${name}.weight_ih`, [directions * 4 * units, input.stride]);
  const weightHh = layout.reserve(`${name}.weight_hh`, [directions, units, units, 4]);
  const bias = layout.reserve(`${name}.bias`, [directions, units, 4]);
  const attention =
    combination === 'attention'
      ? layout.reserve(`${name}.attention`, [directions, units])
      : undefined;
  /** The device's row for PyTorch's row gate * H + unit. */
  const unitAndSlot = (row: number, own: readonly number[]) =>
    4 * (row % H) + (own[Math.floor(row / H)] ?? NaN);
  const I = input.width;
  directionsOf(config).forEach((direction, d) => {
    const prefix = `${name}.${direction}`;
    layout.place(
      {
        name: `${prefix}.weight_ih`,
        shape: [slots.weight_ih.length * H, I],
        start: 'glorot',
        at: (i) =>
          weightIh +
          (d * 4 * units + unitAndSlot(Math.floor(i / I), slots.weight_ih)) * input.stride +
          input.column(i % I),
      },
      {
        name: `${prefix}.weight_hh`,
        shape: [slots.weight_hh.length * H, H],
        start: 'orthogonal-gates',
        at: (i) =>
          weightHh +
          (d * units + (i % H)) * units * 4 +
          unitAndSlot(Math.floor(i / H), slots.weight_hh),
      },
      {
        name: `${prefix}.bias`,
        shape: [slots.bias.length * H],
        start: { each: startBias },
        at: (i) => bias + d * 4 * units + unitAndSlot(i, slots.bias),
      },
    );
    if (attention !== undefined) {
      layout.place({
        name: `${prefix}.attention`,
        shape: [H],
        start: 'zero',
        at: (i) => attention + d * units + i,
      });
    }
  });
}
