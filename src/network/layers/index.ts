import { z } from 'zod';
import { poolsDeviation, type LayerConfig, type ModelConfig } from '../../core/config.js';
import { layersOf, type NamedLayer } from '../../core/layers.js';
import { wantOneOf } from '../../core/schema.js';
import { besideRows, joinedRows, plainRow, type RowShape } from '../rows.js';
import { dense } from './dense.js';
import type { GraphBuilder } from '../../onnx/graph-builder.js';
import type { OnnxSequence } from '../../onnx/sequence.js';
import type { Parameters } from '../../onnx/weights.js';
import type { NetworkContext } from '../context.js';
import type { BuiltLayer, LayerKind, PlacedLayer, Sequence } from './layer.js';
import { recurrent } from './recurrent/layer.js';
import { subsample } from './subsample.js';

type Kinds = {
  readonly [K in LayerConfig['kind']]: LayerKind<Extract<LayerConfig, { kind: K }>>;
};

/** Every kind of layer, by its name in the config. */
const kinds: Kinds = { dense, recurrent, subsample };

const names = Object.keys(kinds) as [LayerConfig['kind'], ...LayerConfig['kind'][]];

/**
 * A layer in a configuration.
 *
 * @internal
 */
export const layerSchema = z.discriminatedUnion(
  'kind',
  Object.values(kinds).map(({ schema }) => schema) as unknown as readonly [
    Kinds[keyof Kinds]['schema'],
  ],
  { error: ({ code }) => (code === 'invalid_union' ? wantOneOf(names) : 'an object') },
);

/** What the network knows of a layer's kind. */
export function kindOf({ kind }: LayerConfig): LayerKind<LayerConfig> {
  return kinds[kind];
}

/** Frames per step of each time axis; the first is 1. */
export function timeAxes(model: ModelConfig): readonly number[] {
  return placeLayers(model).reduce<readonly number[]>(
    (frames, { config, axes: [from, to] }) =>
      to > from ? [...frames, byOf(config) * (frames[from] ?? 1)] : frames,
    [1],
  );
}

/** Adds the forward passes of a layer. */
export function buildLayer(net: NetworkContext, layer: PlacedLayer, input: Sequence): BuiltLayer {
  return kindOf(layer.config).build(net, layer, input);
}

/** Adds all layers of a model to an ONNX graph. */
export function layersOnnx(
  graph: GraphBuilder,
  model: ModelConfig,
  parameters: Parameters,
  features: OnnxSequence,
): OnnxSequence {
  return layersOf(model).reduce(
    (input, config) => kindOf(config).onnx(graph, config, parameters, input),
    features,
  );
}

function byOf(config: LayerConfig): number {
  return kindOf(config).by?.(config) ?? 1;
}

/** The layers of a model with the shapes between them. */
export function placeLayers(model: ModelConfig): readonly PlacedLayer<LayerConfig>[] {
  let input: RowShape = plainRow(model.features);
  let axis = 0;
  let drops = 0;
  return layersOf(model).map((config: NamedLayer) => {
    const kind = kindOf(config);
    const output = kind.output(config, input);
    const after = byOf(config) > 1 ? axis + 1 : axis;
    const dropout = kind.drops ? drops++ : -1;
    const placed = { config, input, output, axes: [axis, after] as const, dropout };
    input = output;
    axis = after;
    return placed;
  });
}

/** The recurrent layers, each with its time axis and the frames per step of that axis. */
export function recurrentPlaces(model: ModelConfig) {
  const axes = timeAxes(model);
  return placeLayers(model).flatMap(({ config, axes: [axis] }) =>
    config.kind === 'recurrent' ? [{ config, axis, by: axes[axis] ?? 1 }] : [],
  );
}

/** Shape of a step of the last layer's output, D values. */
export function outputRow(model: ModelConfig): RowShape {
  return placeLayers(model).at(-1)?.output ?? plainRow(model.features);
}

/** Shape of the pooled vector: D values, or D means and D deviations. */
export function pooledRow(model: ModelConfig): RowShape {
  const row = outputRow(model);
  return poolsDeviation(model.pooling) ? joinedRows(2, row) : row;
}

/** Shape of the heads' input: the pooled vector, and behind it the branch for functionals if there is one. */
export function headsRow(model: ModelConfig): RowShape {
  const row = pooledRow(model);
  return model.functionals ? besideRows(row, plainRow(model.functionals.units)) : row;
}

/**
 * Dropout layers before the heads'; their hidden layer follows, and after as many numbers as there are heads the
 * branch for functionals.
 */
export function dropoutLayers(model: ModelConfig): number {
  return layersOf(model).filter((config) => kindOf(config).drops).length;
}

/** Dropout layers of the whole network. */
export function allDropoutLayers(model: ModelConfig): number {
  return dropoutLayers(model) + model.heads.length + (model.functionals ? 1 : 0);
}
