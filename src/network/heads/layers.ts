import type { Tensor } from '../../graph/types.js';
import { headDefines } from '../../kernels/heads/head_places.js';
import { headOutputGradients } from '../../kernels/heads/head_output_gradients.js';
import { headOutputs } from '../../kernels/heads/head_outputs.js';
import { headOutputsBackward } from '../../kernels/heads/head_outputs_backward.js';
import type { NetworkContext } from '../context.js';
import { denseGradients } from '../gradients.js';
import { dropoutLayers, headsRow } from '../layers/index.js';
import { denseMatmul } from '../matmul.js';
import { HIDDEN, isHidden, OUTPUT, type HeadPlaces, type PlacedHead } from './place.js';

/** The heads' hidden layers as one dense layer, their units side by side. */
export interface BuiltHidden {
  /** [utterances, units] */
  readonly tensor: Tensor;
  /**
   * Adds the gradients of its parameters and writes d pooled.
   *
   * @param dHidden its gradient
   * @param passedOn what of it the layers below get
   */
  readonly backward: (dHidden: Tensor, passedOn: Tensor, dPooled: Tensor) => void;
}

const layer = { part: 'heads', over: 'utterances' } as const;

/** Adds the hidden layers with ReLU and dropout; undefined if no head has one. */
export function addHiddenLayer(
  net: NetworkContext,
  { units }: HeadPlaces,
  pooled: Tensor,
): BuiltHidden | undefined {
  if (units === 0) return undefined;
  const { stride } = headsRow(net.model);
  const tensor = net.builder.tensor(HIDDEN, [net.capacity.utterances, units]);
  denseMatmul(net, HIDDEN, {
    ...layer,
    form: 'nt',
    a: pooled,
    weight: `${HIDDEN}.weight`,
    bias: net.parameter(`${HIDDEN}.bias`),
    out: tensor,
    n: units,
    k: stride,
    relu: true,
    // the rows' positions are an input only if dropout is on
    dropout: net.dropout
      ? { layer: dropoutLayers(net.model), positions: net.rowPositions }
      : undefined,
  });
  return {
    tensor,
    backward(dHidden, passedOn, dPooled) {
      denseGradients(net, HIDDEN, dHidden, units, pooled, stride, 'utterances');
      denseMatmul(net, 'heads: d pooled', {
        ...layer,
        form: 'nn',
        a: passedOn,
        weight: `${HIDDEN}.weight`,
        out: dPooled,
        n: stride,
        k: units,
      });
    },
  };
}

export interface BuiltOutputs {
  /** Adds the gradients of their parameters. */
  readonly gradients: (dLogits: Tensor) => void;
  /**
   * The gradient of the hidden layer.
   *
   * @param reversed with the factors of heads that reverse their gradient
   */
  readonly dHidden: (dLogits: Tensor, reversed: boolean) => Tensor;
  /** Adds what heads without a hidden layer give d pooled: it is written unless `accumulate`. */
  readonly dPooled: (dLogits: Tensor, dPooled: Tensor, accumulate: boolean) => void;
}

/** How a gradient is passed on to the input of output layers. */
interface Passed {
  /** Columns of the input. */
  readonly inputs: number;
  /** The input, where it is the output of a ReLU and dropout. */
  readonly gate?: Tensor | undefined;
  readonly accumulate: boolean;
}

/** Adds the output layers: of the heads with a hidden layer, and of those that read the pooled vector itself. */
export function addOutputLayers(
  net: NetworkContext,
  { heads, columns, units, weights }: HeadPlaces,
  logits: Tensor,
  pooled: Tensor,
  hidden: Tensor | undefined,
): BuiltOutputs {
  const { builder, capacity } = net;
  const { stride } = headsRow(net.model);
  const deep = heads.filter(isHidden);
  const direct = heads.filter((own) => !isHidden(own));
  const groups = [
    { name: OUTPUT, input: hidden, inputs: units, own: deep },
    { name: `${OUTPUT} of pooled`, input: pooled, inputs: stride, own: direct },
  ].flatMap(({ input, own, ...rest }) =>
    input && own.length > 0 ? [{ input, own, ...rest }] : [],
  );
  const uniforms = { rows: 'utterances', columns, size: weights + columns };
  for (const { name, input, inputs, own } of groups) {
    builder.dispatch(name, headOutputs, {
      part: 'heads',
      bindings: { input, layer: net.parameter(OUTPUT), logits },
      uniforms: { ...uniforms, inputs },
      defines: headDefines(own),
      constants: sharingOf(net, columns),
    });
  }
  /** The gradient that the input of some heads gets. */
  const backward = (
    name: string,
    own: readonly PlacedHead[],
    dLogits: Tensor,
    dInput: Tensor,
    { inputs, gate, accumulate }: Passed,
  ): void => {
    builder.dispatch(name, headOutputsBackward, {
      bindings: {
        d_logits: dLogits,
        layer: net.parameter(OUTPUT),
        ...(gate && { input: gate }),
        d_input: dInput,
      },
      uniforms: {
        ...uniforms,
        inputs,
        accumulate: accumulate ? 1 : 0,
        scale: net.dropout ? 1 / (1 - net.model.dropout) : 1,
      },
      defines: { ...headDefines(own), GATED: gate ? 1 : 0 },
    });
  };
  return {
    gradients(dLogits) {
      for (const { name, input, inputs, own } of groups) {
        builder.dispatch(`d ${name}`, headOutputGradients, {
          bindings: { d_logits: dLogits, input, d_layer: net.gradient(OUTPUT) },
          uniforms: { ...uniforms, inputs },
          defines: headDefines(own),
        });
      }
    },
    dHidden(dLogits, reversed) {
      const name = reversed ? `d_${HIDDEN}.reversed` : `d_${HIDDEN}`;
      const out = builder.tensor(name, [capacity.utterances, units]);
      const own = reversed ? deep.map(reverse) : deep;
      backward(name, own, dLogits, out, { inputs: units, gate: hidden, accumulate: false });
      return out;
    },
    dPooled(dLogits, dPooled, accumulate) {
      if (direct.length === 0) return;
      const own = direct.map(reverse);
      backward('heads: d pooled of logits', own, dLogits, dPooled, { inputs: stride, accumulate });
    },
  };
}

/** With the factor of its gradient reversal, if it has one. */
function reverse(place: PlacedHead): PlacedHead {
  const { reversal } = place.head;
  return reversal === undefined ? place : { ...place, factor: -reversal };
}

/** Columns of the logits from which on they alone keep a device busy. */
const MANY_COLUMNS = 128;

/**
 * Lanes of a workgroup, a power of two: as many as the plan's matmuls of heads. They share one sum over the inputs, or,
 * where there are many columns, four lanes do: a workgroup for each four of 3,000 speakers has little to do but wait
 * at its barriers. It depends on the model alone, so that answers do not depend on the batch.
 */
function sharingOf({ plan }: NetworkContext, columns: number): { LANES: number; SHARE: number } {
  const { rowLanes, columnLanes } = plan.matmul.heads;
  const lanes = 2 ** Math.floor(Math.log2(Math.min(64, rowLanes * columnLanes)));
  return { LANES: lanes, SHARE: columns < MANY_COLUMNS ? lanes : Math.min(lanes, 4) };
}
