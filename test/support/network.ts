import { concatenate } from '../../src/core/concatenate.js';
import type { ModelConfig, TwoLayerModelConfig } from '../../src/core/config.js';
import { isRegression } from '../../src/core/heads.js';
import { functionalCount } from '../../src/core/functionals.js';
import { takesFunctionals } from '../../src/session/batch.js';
import type { Targets } from '../../src/network/heads/head.js';
import type { HostTensor } from '../../src/core/tensor.js';
import type { TrainingBatch } from '../../src/session/types.js';
import { layoutParameters } from '../../src/network/parameters.js';
import { Draw } from './kernel.js';

/** A small model with every part of the large one. */
export function tinyModel(changes: Partial<TwoLayerModelConfig> = {}): TwoLayerModelConfig {
  return {
    features: 6,
    frontend: { units: 8 },
    recurrent: { cell: 'a-lstm', units: 8, bidirectional: true, offsets: [5, 3, 1], period: 5 },
    pooling: 'attention',
    heads: [
      { task: 'emotion', classes: 4, hidden: 8, weight: 1 },
      { task: 'speaker', classes: 3, hidden: 8, weight: 0.3 },
    ],
    dropout: 0,
    ...changes,
  };
}

export function randomParameters(
  model: ModelConfig,
  name = 'parameters',
): Record<string, HostTensor> {
  const draw = new Draw(name);
  return Object.fromEntries(
    layoutParameters(model).parameters.map(({ name: parameter, shape }) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return [parameter, { shape, data: draw.values(count, 1 / Math.sqrt(shape.at(-1) ?? 1)) }];
    }),
  );
}

/** A batch of random frames; the identity of row r is 10 + r. */
export function randomBatch(
  model: ModelConfig,
  lengths: readonly number[],
  name = 'batch',
): TrainingBatch {
  const draw = new Draw(name);
  const frames = lengths.reduce((a, b) => a + b, 0);
  return {
    features: draw.values(frames * model.features),
    lengths: Int32Array.from(lengths),
    utterances: Uint32Array.from(lengths, (_, row) => 10 + row),
    targets: Object.fromEntries(
      model.heads.map((head): [string, Targets] => [
        head.task,
        isRegression(head)
          ? draw.values(lengths.length).map((y) => (draw.size(0, 3) === 0 ? NaN : 3 + y))
          : Int32Array.from(lengths, () =>
              draw.size(head.task === 'emotion' ? 0 : -1, head.classes - 1),
            ),
      ]),
    ),
    ...(takesFunctionals(model) && {
      functionals: draw.values(lengths.length * functionalCount(model.features)),
    }),
  };
}

/** The same batch with its rows in another order. */
export function reorder(
  model: ModelConfig,
  batch: TrainingBatch,
  order: readonly number[],
): TrainingBatch {
  const F = model.features;
  const each = functionalCount(F);
  const firsts = [0];
  batch.lengths.forEach((length, row) => firsts.push((firsts[row] ?? 0) + length));
  const parts = order.map((row) =>
    batch.features.slice((firsts[row] ?? 0) * F, (firsts[row + 1] ?? 0) * F),
  );
  const pick = <T extends Targets | Uint32Array>(values: T): T =>
    values.map((_, i) => values[order[i] ?? 0] ?? 0).slice(0, order.length) as T;
  return {
    features: concatenate(Float32Array, parts),
    lengths: pick(batch.lengths),
    utterances: pick(batch.utterances),
    targets: Object.fromEntries(
      Object.entries(batch.targets).map(([task, labels]) => [task, pick(labels)]),
    ),
    ...(batch.functionals && {
      functionals: concatenate(
        Float32Array,
        order.map((row) => batch.functionals!.slice(row * each, (row + 1) * each)),
      ),
    }),
  };
}
