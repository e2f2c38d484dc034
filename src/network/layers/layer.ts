import type { z } from 'zod';
import type { LayerConfig } from '../../core/config.js';
import type { NamedLayer } from '../../core/layers.js';
import type { Tensor } from '../../graph/types.js';
import type { GraphBuilder } from '../../onnx/graph-builder.js';
import type { OnnxSequence } from '../../onnx/sequence.js';
import type { Parameters } from '../../onnx/weights.js';
import type { NetworkContext } from '../context.js';
import type { LayoutBuilder } from '../layout.js';
import type { RowShape } from '../rows.js';
import type { TimeAxis } from '../time.js';

/** Values of all utterances of a batch over time, one utterance's steps after the other. */
export interface Sequence {
  /** [steps, row.stride] */
  readonly tensor: Tensor;
  readonly row: RowShape;
  readonly time: TimeAxis;
  /** Whether a gradient is needed: not for features. */
  readonly differentiable: boolean;
  /** Number of a dropout layer that the reader of the tensor has to apply. */
  readonly dropout?: number;
  /** The tensor after ReLU and dropout: its gradient has to be backpropagated through them. */
  readonly gate?: Tensor;
}

/** A layer in its position in a network. */
export interface PlacedLayer<C extends LayerConfig = LayerConfig> {
  readonly config: NamedLayer<C>;
  readonly input: RowShape;
  readonly output: RowShape;
  /** Indices of the time axes that it reads and writes. */
  readonly axes: readonly [input: number, output: number];
  /** Number of the dropout layer that follows; -1 if none does. */
  readonly dropout: number;
}

/** A layer whose forward passes are in the graph. */
export interface BuiltLayer {
  readonly output: Sequence;
  /**
   * Adds the passes for the gradients of its parameters, which are accumulated, and of its input, which is
   * returned; undefined if its input has none.
   *
   * @param dOutput of the output's tensor, before its ReLU and dropout
   */
  readonly backward: (dOutput: Tensor) => Tensor | undefined;
  /** Adds its trace for an inspection. */
  readonly trace?: () => void;
}

/** Everything about a kind of layer except its config (core/config.ts) and the code that reads that. */
export interface LayerKind<C extends LayerConfig> {
  /**
   * What it holds in a configuration.
   *
   * @internal
   */
  readonly schema: z.core.$ZodTypeDiscriminable & z.ZodType<C>;
  output(config: C, input: RowShape): RowShape;
  /** Number of input steps merged into one; absent: none are merged. */
  by?(config: C): number;
  /** Whether dropout follows. */
  readonly drops: boolean;
  /** Reserves its parameters in the flat buffer, under names that begin with the config's. */
  parameters(layout: LayoutBuilder, config: NamedLayer<C>, input: RowShape): void;
  build(net: NetworkContext, layer: PlacedLayer<C>, input: Sequence): BuiltLayer;
  /** Adds its inference to an ONNX graph, as standard operators. */
  onnx(
    graph: GraphBuilder,
    config: NamedLayer<C>,
    parameters: Parameters,
    input: OnnxSequence,
  ): OnnxSequence;
}
