import { cellTraits } from './cells.js';
import type { FunctionalsConfig, LayerConfig, ModelConfig, RecurrentConfig } from './config.js';

/** A layer of a model, and the name that its parameters begin with. */
export type NamedLayer<C extends LayerConfig = LayerConfig> = C & { readonly name: string };
export type RecurrentLayer = NamedLayer<Extract<LayerConfig, { kind: 'recurrent' }>>;

/**
 * The layers of a model in the order of the data. Those of a list are named by their index, `layers.0`; an
 * alstm-model-1 has an input layer named `frontend` and the layer `recurrent`.
 *
 * @example
 * for (const { name, kind } of layersOf(trained.model)) console.log(name, kind);
 */
export function layersOf(model: ModelConfig): readonly NamedLayer[] {
  if (model.layers === undefined) {
    return [
      { kind: 'dense', name: 'frontend', ...model.frontend },
      { kind: 'recurrent', name: 'recurrent', ...model.recurrent },
    ];
  }
  return model.layers.map((layer, index) => ({ ...layer, name: `layers.${index}` }));
}

/** The recurrent layers of a model, in order; every model has at least one. */
export function recurrentLayers(model: ModelConfig): readonly RecurrentLayer[] {
  return layersOf(model).filter((layer) => layer.kind === 'recurrent');
}

/** The recurrent layer whose output is pooled. */
export function lastRecurrent(model: ModelConfig): RecurrentLayer {
  const last = recurrentLayers(model).at(-1);
  if (last === undefined) throw new Error('a model without a recurrent layer was not checked');
  return last;
}

/** Directions of a recurrent layer, in the order of its output columns. */
export function directionsOf({ bidirectional }: Pick<RecurrentConfig, 'bidirectional'>) {
  return bidirectional ? (['forward', 'backward'] as const) : (['forward'] as const);
}

/** A layer in a few words: `subsample by 8 (mean)`, `dense 64`, `A-LSTM 128 both ways`. */
export function layerText(layer: LayerConfig): string {
  switch (layer.kind) {
    case 'subsample':
      return `subsample by ${layer.by} (${layer.how})`;
    case 'dense':
      return `dense ${layer.units}`;
    case 'recurrent': {
      const way = layer.bidirectional ? 'both ways' : 'one way';
      return `${cellTraits(layer.cell).title} ${layer.units} ${way}`;
    }
  }
}

/** The branch for functionals in a few words: `functionals of the frames, dense 64`. */
export function functionalsText({ units, scope }: FunctionalsConfig): string {
  const what = scope === 'frames' ? 'of the frames' : 'normalised by speaker';
  return `functionals ${what}, dense ${units}`;
}

/** Units of the input layer: the first dense layer before a recurrent one; undefined if there is none. */
export function inputUnits(model: ModelConfig): number | undefined {
  const layers = layersOf(model);
  const first = layers.findIndex(({ kind }) => kind === 'recurrent');
  return layers
    .slice(0, first)
    .flatMap((layer) => (layer.kind === 'dense' ? [layer.units] : []))[0];
}
