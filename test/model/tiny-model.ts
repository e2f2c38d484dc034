import type { TwoLayerModelConfig } from '../../src/core/config.js';
import { initialParameters } from '../../src/network/init.js';
import { presetModel } from '../../src/model/presets.js';
import type { TrainedModel } from '../../src/model/folder.js';

const preset = presetModel('alstm-1', { emotion: 3, gender: 2 });

const model: TwoLayerModelConfig = {
  ...preset,
  frontend: { units: 8 },
  recurrent: { ...preset.recurrent, units: 4, offsets: [2, 1], period: 2 },
  heads: preset.heads.map((head) => ({ ...head, hidden: 0 })),
};

/** A model with random parameters: attention vectors too, so that frames weigh differently. */
export function tinyModel(seed = 3): TrainedModel & { readonly model: TwoLayerModelConfig } {
  const parameters = { ...initialParameters(model, seed) };
  const D = 8;
  const weights = Float32Array.from({ length: D }, (_, i) => Math.sin(i + 1));
  parameters['pooling.attention'] = { shape: [D], data: weights };
  return {
    model,
    labels: { emotion: ['anger', 'joy', 'sadness'], gender: ['female', 'male'] },
    normalisation: { scope: 'utterance' },
    provenance: { version: '0.1.0', adapter: 'a', driver: 'd', data: 'nemo', seed },
    parameters,
  };
}
