import { augmentFrames } from './augment.js';
import type { NetworkContext } from './context.js';
import { buildFunctionals, type BuiltFunctionals } from './functionals.js';
import { buildHeads, type BuiltHeads } from './heads/index.js';
import { buildLayer, headsRow, placeLayers, pooledRow } from './layers/index.js';
import type { BuiltLayer, Sequence } from './layers/layer.js';
import { buildPooling, type BuiltPooling } from './pooling.js';
import { plainRow } from './rows.js';

/** A network whose forward passes are in the graph. */
export interface BuiltNetwork {
  readonly layers: readonly BuiltLayer[];
  readonly pooling: BuiltPooling;
  readonly functionals?: BuiltFunctionals;
  readonly heads: BuiltHeads;
}

/** Adds the passes from features to logits (SPEC section 1). */
export function buildForward(net: NetworkContext): BuiltNetwork {
  const { model } = net;
  const row = plainRow(model.features);
  const given = net.features(row.stride);
  const features = net.augmented ? augmentFrames(net, given, row.stride) : given;
  const frames: Sequence = { tensor: features, row, time: net.time(0), differentiable: false };
  let input = frames;
  const layers = placeLayers(model).map((layer) => {
    const built = buildLayer(net, layer, input);
    input = built.output;
    return built;
  });
  const pooling = buildPooling(net, input);
  const functionals =
    model.functionals &&
    buildFunctionals(net, model.functionals, frames, pooling.pooled, pooledRow(model).stride);
  const heads = buildHeads(net, functionals?.joined ?? pooling.pooled);
  return { layers, pooling, ...(functionals && { functionals }), heads };
}

/** Adds the passes from logits to losses and to the gradients of all parameters, accumulated. */
export function buildBackward(
  net: NetworkContext,
  { layers, pooling, functionals, heads }: BuiltNetwork,
): void {
  const { stride } = headsRow(net.model);
  const dPooled = net.builder.tensor('d_pooled', [net.capacity.utterances, stride]);
  heads.backward(dPooled);
  functionals?.backward(dPooled);
  let gradient: ReturnType<BuiltLayer['backward']> = pooling.backward(dPooled, stride);
  for (const layer of [...layers].reverse()) {
    if (gradient === undefined) return;
    gradient = layer.backward(gradient);
  }
}
