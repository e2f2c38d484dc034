import type { NetworkContext } from './context.js';
import { buildHead, type BuiltHead } from './heads/index.js';
import { buildLayer, placeLayers, pooledRow } from './layers/index.js';
import type { BuiltLayer, Sequence } from './layers/layer.js';
import { buildPooling, type BuiltPooling } from './pooling.js';
import { plainRow } from './rows.js';

/** A network whose forward passes are in the graph. */
export interface BuiltNetwork {
  readonly layers: readonly BuiltLayer[];
  readonly pooling: BuiltPooling;
  readonly heads: readonly BuiltHead[];
}

/** Adds the passes from features to logits (SPEC section 1). */
export function buildForward(net: NetworkContext): BuiltNetwork {
  const { model } = net;
  const row = plainRow(model.features);
  const features = net.features(row.stride);
  let input: Sequence = { tensor: features, row, time: net.time(0), differentiable: false };
  const layers = placeLayers(model).map((layer) => {
    const built = buildLayer(net, layer, input);
    input = built.output;
    return built;
  });
  const pooling = buildPooling(net, input);
  const pooled = pooledRow(model);
  const heads = model.heads.map((head, index) =>
    buildHead(net, index, head, pooling.pooled, pooled),
  );
  return { layers, pooling, heads };
}

/** Adds the passes from logits to losses and to the gradients of all parameters, accumulated. */
export function buildBackward(net: NetworkContext, { layers, pooling, heads }: BuiltNetwork): void {
  const width = pooledRow(net.model).stride;
  const dPooled = net.builder.tensor('d_pooled', [net.capacity.utterances, width]);
  heads.forEach((head, index) => head.backward(dPooled, index > 0));
  let gradient: ReturnType<BuiltLayer['backward']> = pooling.backward(dPooled);
  for (const layer of [...layers].reverse()) {
    if (gradient === undefined) return;
    gradient = layer.backward(gradient);
  }
}
