import type { HeadConfig, LossName } from '../../core/config.js';
import { outputsOf } from '../../core/heads.js';
import type { Tensor } from '../../graph/types.js';
import { pad4 } from '../../kernels/descriptor.js';
import { gradientReversal } from '../../kernels/heads/gradient_reversal.js';
import type { NetworkContext } from '../context.js';
import { denseGradients } from '../gradients.js';
import { dropoutLayers } from '../layers/index.js';
import { denseMatmul } from '../matmul.js';
import type { RowShape } from '../rows.js';
import { crossEntropy } from './cross-entropy.js';
import type { HeadKind } from './head.js';
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

export interface BuiltHead {
  /** Adds loss and gradients of the head; its share of d pooled is added if `accumulate`, else written. */
  readonly backward: (dPooled: Tensor, accumulate: boolean) => void;
}

/** Adds a head: hidden layer with ReLU and dropout if it has one, output layer, and its answer. */
export function buildHead(
  net: NetworkContext,
  index: number,
  head: HeadConfig,
  pooled: Tensor,
  row: RowShape,
): BuiltHead {
  const { builder } = net;
  const { utterances } = net.capacity;
  const kind = headKindOf(head);
  const name = `heads.${head.task}`;
  const stride = pad4(outputsOf(head));
  const logits = builder.tensor(
    `${name}.logits`,
    [utterances, stride],
    net.training ? 'transient' : 'output',
  );
  const layer = { part: 'heads', over: 'utterances' } as const;
  const units = pad4(head.hidden);
  let hidden: Tensor | undefined;
  if (head.hidden > 0) {
    hidden = builder.tensor(`${name}.hidden`, [utterances, units]);
    denseMatmul(net, `${name}.hidden`, {
      ...layer,
      form: 'nt',
      a: pooled,
      weight: `${name}.hidden.weight`,
      bias: net.parameter(`${name}.hidden.bias`),
      out: hidden,
      n: units,
      k: row.stride,
      relu: true,
      // the rows' positions are an input only if dropout is on
      dropout: net.dropout
        ? { layer: dropoutLayers(net.model) + index, positions: net.rowPositions }
        : undefined,
    });
  }
  const a = hidden ?? pooled;
  const width = hidden ? units : row.stride;
  denseMatmul(net, `${name}.output`, {
    ...layer,
    form: 'nt',
    a,
    weight: `${name}.output.weight`,
    bias: net.parameter(`${name}.output.bias`),
    out: logits,
    n: stride,
    k: width,
  });
  const targetsOf = (): Tensor => net.headInput(targetsName(head.task), [utterances], kind.target);
  if (!net.training) kind.answer(net, head, logits, stride);
  else kind.gather?.(net, { head, index, logits, targets: targetsOf(), stride });
  /** What the layers below get of the gradient of the head's first layer. */
  const passedOn = (gradient: Tensor, columns: number): Tensor => {
    if (head.reversal === undefined) return gradient;
    const out = builder.tensor(`${gradient.name}.reversed`, [utterances, columns]);
    builder.dispatch(`${name}: gradient reversal`, gradientReversal, {
      bindings: { values: gradient, out },
      uniforms: { rows: 'utterances', width: columns, factor: -head.reversal },
    });
    return out;
  };

  return {
    backward(dPooled, accumulate) {
      const targets = targetsOf();
      const dLogits = builder.tensor(`d_${name}.logits`, [utterances, stride]);
      kind.loss(net, { head, index, logits, targets, dLogits, stride });
      denseGradients(net, `${name}.output`, dLogits, stride, a, width, 'utterances');
      const back = { ...layer, form: 'nn' } as const;
      if (!hidden) {
        denseMatmul(net, `${name}: d pooled`, {
          ...back,
          a: passedOn(dLogits, stride),
          weight: `${name}.output.weight`,
          out: dPooled,
          n: width,
          k: stride,
          accumulate,
        });
        return;
      }
      const dHidden = builder.tensor(`d_${name}.hidden`, [utterances, units]);
      denseMatmul(net, `${name}: d hidden`, {
        ...back,
        a: dLogits,
        weight: `${name}.output.weight`,
        out: dHidden,
        n: units,
        k: stride,
        gate: hidden,
      });
      denseGradients(net, `${name}.hidden`, dHidden, units, pooled, row.stride, 'utterances');
      denseMatmul(net, `${name}: d pooled`, {
        ...back,
        a: passedOn(dHidden, units),
        weight: `${name}.hidden.weight`,
        out: dPooled,
        n: row.stride,
        k: units,
        accumulate,
      });
    },
  };
}
