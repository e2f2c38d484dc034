import type { HeadConfig, LossName } from '../../core/config.js';
import type { Tensor } from '../../graph/types.js';
import type { NetworkContext } from '../context.js';
import { crossEntropy } from './cross-entropy.js';
import type { HeadKind, LogitColumns } from './head.js';
import { addHiddenLayer, addOutputLayers } from './layers.js';
import { LOGITS, placeHeads } from './place.js';
import { ccc, gatheringPasses, mse } from './regression.js';

export { gatheringPasses };

/** Every kind of head, by the loss in the config. */
const kinds = { 'cross-entropy': crossEntropy, mse, ccc } satisfies Readonly<
  Record<LossName, unknown>
>;

/** Losses that a head may have. */
export const lossNames = Object.keys(kinds) as [LossName, ...LossName[]];

/** What a head's loss and targets are. */
export function headKindOf({ loss = 'cross-entropy' }: HeadConfig): HeadKind {
  return kinds[loss] as HeadKind; // the kind of its own head
}

/** The input tensor of a task's targets, [utterances]. */
export function targetsName(task: string): string {
  return `targets/${task}`;
}

export interface BuiltHeads {
  /** Adds losses and gradients of all heads; writes d pooled. */
  readonly backward: (dPooled: Tensor) => void;
}

/** Adds all heads: hidden layers with ReLU and dropout, output layers, their answers. */
export function buildHeads(net: NetworkContext, pooled: Tensor): BuiltHeads {
  const { builder, model } = net;
  const { utterances } = net.capacity;
  const places = placeHeads(model);
  const { columns: stride } = places;
  const hidden = addHiddenLayer(net, places, pooled);
  const kind = net.training ? 'transient' : 'output';
  const logits = builder.tensor(LOGITS, [utterances, stride], kind);
  const outputs = addOutputLayers(net, places, logits, pooled, hidden?.tensor);
  const heads = places.heads.map(({ head, first, columns }, index) => ({
    ...{ head, index, logits },
    at: { stride, first, columns } satisfies LogitColumns,
    kind: headKindOf(head),
  }));
  const targetsOf = ({ head, kind }: (typeof heads)[number]): Tensor =>
    net.headInput(targetsName(head.task), [utterances], kind.target);
  for (const own of heads) {
    if (!net.training) own.kind.answer(net, own.head, logits, own.at);
    else own.kind.gather?.(net, { ...own, targets: targetsOf(own) });
  }
  return {
    backward(dPooled) {
      const dLogits = builder.tensor(`d_${LOGITS}`, [utterances, stride]);
      for (const own of heads) own.kind.loss(net, { ...own, targets: targetsOf(own), dLogits });
      outputs.gradients(dLogits);
      if (hidden) {
        const dHidden = outputs.dHidden(dLogits, false);
        const reverses = heads.some(({ head }) => head.hidden > 0 && head.reversal !== undefined);
        const passedOn = reverses ? outputs.dHidden(dLogits, true) : dHidden;
        hidden.backward(dHidden, passedOn, dPooled);
      }
      outputs.dPooled(dLogits, dPooled, hidden !== undefined);
    },
  };
}
