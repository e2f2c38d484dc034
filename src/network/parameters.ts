import { attendsOverTime, type ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { outputsOf } from '../core/heads.js';
import { elementCount, type HostTensor } from '../core/tensor.js';
import { functionalCount } from '../core/functionals.js';
import { HIDDEN, OUTPUT, placeHeads } from './heads/place.js';
import { headsRow, kindOf, outputRow, placeLayers } from './layers/index.js';
import { LayoutBuilder, type ParameterLayout } from './layout.js';
import { plainRow } from './rows.js';

/** Lays out the parameters of a model for the kernels: of the layers, the pooling, functionals, the heads. */
export function layoutParameters(model: ModelConfig): ParameterLayout {
  const layout = new LayoutBuilder();
  for (const { config, input } of placeLayers(model)) {
    kindOf(config).parameters(layout, config, input);
  }
  if (attendsOverTime(model.pooling)) {
    const output = outputRow(model);
    const offset = layout.reserve('pooling.attention', [output.stride]);
    layout.place({
      name: 'pooling.attention',
      shape: [output.width],
      start: 'zero',
      at: (i) => offset + output.column(i),
    });
  }
  if (model.functionals) {
    const inputs = plainRow(functionalCount(model.features));
    layout.dense('functionals', model.functionals.units, inputs);
  }
  placeHeadParameters(layout, model);
  return layout;
}

/** The heads' hidden layers are one dense layer; their output layers are in one tensor. */
function placeHeadParameters(layout: LayoutBuilder, model: ModelConfig): void {
  const { heads, columns, units, weights } = placeHeads(model);
  const row = headsRow(model);
  const hiddenWeight = units && layout.reserve(`${HIDDEN}.weight`, [units, row.stride]);
  const hiddenBias = units && layout.reserve(`${HIDDEN}.bias`, [units]);
  const outputs = layout.reserve(OUTPUT, [weights + columns]);
  for (const { head, first, input, weight } of heads) {
    const { task, hidden } = head;
    if (hidden > 0) {
      const at = hiddenWeight + input * row.stride;
      layout.placeDense(`heads.${task}.hidden`, hidden, row, at, hiddenBias + input);
    }
    const into = hidden > 0 ? plainRow(hidden) : row;
    const [own, bias] = [outputs + weight, outputs + weights + first];
    layout.placeDense(`heads.${task}.output`, outputsOf(head), into, own, bias);
  }
}

/**
 * Number of trainable values of a model, without padding.
 *
 * @example
 * console.log(parameterCount(presetModel('alstm', { emotion: 4 })));
 */
export function parameterCount(model: ModelConfig): number {
  return layoutParameters(model).parameters.reduce(
    (sum, { shape }) => sum + elementCount(shape),
    0,
  );
}

/**
 * Named tensors → the flat device buffer.
 * Throws ConfigError for a missing tensor, a wrong shape or a value that is not finite.
 */
export function packParameters(
  layout: ParameterLayout,
  tensors: Readonly<Record<string, HostTensor>>,
): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(layout.size);
  for (const { name, shape, at } of layout.parameters) {
    const tensor = tensors[name];
    if (!tensor) {
      throw new ConfigError(
        `parameter '${name}' is missing`,
        'use the weights that belong to this configuration',
      );
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new ConfigError(
        `parameter '${name}' has shape [${tensor.shape.join(', ')}], the configuration expects [${shape.join(', ')}]`,
        'use the weights that belong to this configuration',
      );
    }
    tensor.data.forEach((value, i) => {
      if (!Number.isFinite(value))
        throw new ConfigError(`parameter '${name}' holds ${value} at ${i}`);
      flat[at(i)] = value;
    });
  }
  return flat;
}

/** The flat device buffer → named tensors in PyTorch's shapes. */
export function unpackParameters(
  layout: ParameterLayout,
  flat: Float32Array,
): Record<string, HostTensor> {
  const tensors: Record<string, HostTensor> = {};
  for (const { name, shape, at } of layout.parameters) {
    const data = new Float32Array(elementCount(shape));
    for (let i = 0; i < data.length; i++) data[i] = flat[at(i)] ?? NaN;
    tensors[name] = { shape, data };
  }
  return tensors;
}
