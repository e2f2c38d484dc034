import type { Tensor } from '../../../graph/types.js';
import { reduceInto } from '../../gradients.js';
import type { Recurrence } from './shape.js';

/** What recurrences split by units keep from step to step on the way back (recurrence_carry). */
export interface Carry {
  /** [planes, utterances, directions, H], zero at the start. */
  readonly tensor: Tensor;
  readonly uniforms: { readonly planes: number; readonly ring: number };
}

/** Planes: the attention gradient, d h', d C', then gradients of states by later combinations, [ring, kinds]. */
export function carryTensor(recurrence: Recurrence): Carry {
  const { net, shape, combines, kinds, farthest } = recurrence;
  const ring = combines ? farthest : 0;
  const planes = 3 + kinds * ring;
  const { directions, units } = shape;
  const tensor = net.builder.tensor(recurrence.own('carry'), [
    planes,
    net.capacity.utterances,
    directions,
    units,
  ]);
  net.builder.clear(tensor, 'backward');
  return { tensor, uniforms: { planes, ring: Math.max(ring, 1) } };
}

/** Adds up the utterances' shares of the attention gradient, if there is one. */
export function attentionGradient(recurrence: Recurrence, { tensor }: Carry): void {
  const { net, shape } = recurrence;
  if (!recurrence.attends) return;
  const attention = recurrence.own('attention');
  const size = shape.directions * shape.units;
  reduceInto(net, `d ${attention}`, tensor, net.gradient(attention), size, 'utterances');
}
